import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { passedOn } from './passed-on.ts';

/** A pair of `pg_dump` and `pg_restore` of one version. */
export interface PostgresTools {
  readonly binDir: string;
  /** As `pg_dump --version` prints it, for example `15.18`. */
  readonly version: string;
  readonly major: number;
}

const run = promisify(execFile);
const EXE = process.platform === 'win32' ? '.exe' : '';

/**
 * Finds the PostgreSQL client tools of this machine: `binDir` alone where given, else PATH and the places
 * where Debian, Red Hat, Homebrew, Postgres.app and the Windows installer put them. Oldest first.
 */
export async function findTools(binDir?: string): Promise<PostgresTools[]> {
  const found = new Map<string, PostgresTools>();
  for (const folder of binDir === undefined ? candidateFolders() : [binDir]) {
    const tools = await inspect(folder);
    // PATH often leads to a link of a folder that is also listed.
    if (tools) found.set(await realpath(toolPath(tools.binDir, 'pg_dump')), tools);
  }
  return [...found.values()].sort((a, b) => a.major - b.major);
}

/** Path of one tool. */
export function toolPath(binDir: string, tool: 'pg_dump' | 'pg_restore'): string {
  return join(binDir, `${tool}${EXE}`);
}

async function inspect(binDir: string): Promise<PostgresTools | undefined> {
  try {
    await access(toolPath(binDir, 'pg_restore'), constants.X_OK);
    // Debian's wrapper picks a version by its own rules; the real ones are listed too.
    if ((await realpath(toolPath(binDir, 'pg_dump'))).endsWith('pg_wrapper')) return undefined;
    const { stdout } = await run(toolPath(binDir, 'pg_dump'), ['--version'], {
      timeout: 10_000,
      env: passedOn(),
    });
    const version = /\(PostgreSQL\) (\d+)(\S*)/.exec(stdout);
    if (!version) return undefined;
    return { binDir, version: `${version[1]}${version[2]}`, major: Number(version[1]) };
  } catch {
    return undefined;
  }
}

function candidateFolders(): string[] {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [
    ...onPath,
    ...subfolders('/usr/lib/postgresql', 'bin'),
    ...subfolders('/usr', 'bin', /^pgsql-\d+$/),
    ...subfolders('/opt/homebrew/opt', 'bin', /^(postgresql|libpq)/),
    ...subfolders('/usr/local/opt', 'bin', /^(postgresql|libpq)/),
    ...subfolders('/Applications/Postgres.app/Contents/Versions', 'bin'),
    ...subfolders('C:\\Program Files\\PostgreSQL', 'bin'),
  ];
}

function subfolders(parent: string, inside: string, wanted = /^\d/): string[] {
  try {
    return readdirSync(parent)
      .filter((name) => wanted.test(name))
      .map((name) => join(parent, name, inside));
  } catch {
    return [];
  }
}
