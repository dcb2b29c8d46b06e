// Every gate in order, cheapest first: format and lint (with import cycles), types, builds, tests on a real
// PostgreSQL, packed packages, unused code, documentation. Arguments go to vitest. `npm test` and CI call this.
import { spawnSync } from 'node:child_process';

const turbo = (name, task) => [
  name,
  'turbo',
  ['run', task, '--output-logs=errors-only', '--log-order=grouped'],
];
const gates = [
  ['format and lint', 'biome', ['check', '--error-on-warnings']],
  turbo('types', 'typecheck'),
  turbo('build', 'build'),
  ['tests', 'vitest', ['run', ...process.argv.slice(2)]],
  turbo('packages', 'lint:package'),
  ['unused code', 'knip', []],
  ['documentation', 'typedoc', ['--logLevel', 'Warn']],
];

for (const [name, command, args] of gates) {
  const began = performance.now();
  const { status } = spawnSync('pnpm', ['--silent', 'exec', command, ...args], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`✗ ${name} failed after ${seconds} s`);
    process.exit(status ?? 1);
  }
  console.error(`✓ ${name} (${seconds} s)`);
}
