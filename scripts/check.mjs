// Every gate in order, cheapest first: format and lint (with import cycles), types, builds, tests on a real
// PostgreSQL, packed packages, unused code, documentation. Arguments go to vitest. `npm test` and CI call this.
// A gate that only reads files is not repeated for files that it has passed: CI runs the tests on two versions of
// PostgreSQL, and the rest once. Whatever git does not ignore counts, and the lock file stands for what is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, 'node_modules', '.cache', 'passed-gates');

const turbo = (name, task) => [
  name,
  'turbo',
  ['run', task, '--output-logs=errors-only', '--log-order=grouped'],
];
const gates = [
  ['format and lint', 'biome', ['check', '--error-on-warnings'], 'once'],
  // turbo keeps its own record, and restores builds.
  turbo('types', 'typecheck'),
  turbo('build', 'build'),
  ['tests', 'vitest', ['run', ...process.argv.slice(2)]],
  turbo('packages', 'lint:package'),
  ['unused code', 'knip', [], 'once'],
  ['documentation', 'typedoc', ['--logLevel', 'Warn'], 'once'],
];

/** Hash of every file that git knows or would take; null outside a checkout, where nothing is skipped. */
function hashOfFiles() {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout } = spawnSync('git', list, { cwd: root, maxBuffer: 1 << 26 });
  if (status !== 0) return null;
  const hash = createHash('sha256').update(process.version);
  for (const file of stdout.toString().split('\0').sort()) {
    const path = join(root, file);
    if (file === '' || !existsSync(path) || !statSync(path).isFile()) continue;
    hash.update(`\0${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

// What was just built is what people run, and quicker to start than its sources.
const ofTests = { TOTHUB_CLI_BUILT: '1' };
// With a version named, the tests that need no server are left out; they are there all the same.
const { PGTEST_MAJOR: _, ...ofGates } = process.env;

const stampOf = (name) => join(stamps, name.replaceAll(' ', '-'));
const hasPassed = (name, hash) =>
  existsSync(stampOf(name)) && readFileSync(stampOf(name), 'utf8') === hash;

for (const [name, command, args, once] of gates) {
  const hash = once ? hashOfFiles() : null;
  if (hash !== null && hasPassed(name, hash)) {
    console.error(`✓ ${name} (nothing has changed since it passed)`);
    continue;
  }
  const began = performance.now();
  const { status } = spawnSync('pnpm', ['--silent', 'exec', command, ...args], {
    stdio: 'inherit',
    env: name === 'tests' ? { ...process.env, ...ofTests } : ofGates,
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`✗ ${name} failed after ${seconds} s`);
    process.exit(status ?? 1);
  }
  if (hash !== null) {
    mkdirSync(stamps, { recursive: true });
    writeFileSync(stampOf(name), hash);
  }
  console.error(`✓ ${name} (${seconds} s)`);
}
