/**
 * Every version of PostgreSQL that is served, each by a server behind TLS (`verify-full`, own authority) and SCRAM: a
 * backup of each by every engine that fits, proven and restored on each other one. `PATH` says which native tools there
 * are; versions that the machine lacks are installed from npm.
 */
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createBackup,
  describeEngines,
  EngineUnavailableError,
  RestoreFailedError,
  restoreBackup,
  verifyBackup,
} from '../src/index.ts';
import { execute } from '../test/databases.ts';
import { type GuardedServer, guardedServer } from '../test/guarded-server.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';

const MAJORS = [15, 16, 17, 18] as const;
const root = temporaryFolder();
const directory = join(root, 'backups');
const servers = new Map<number, GuardedServer>();
let made = 0;

function urlOf(major: number, database = 'app'): string {
  const url = new URL(servers.get(major)?.url ?? '');
  url.pathname = `/${database}`;
  return url.href;
}

async function emptyDatabase(major: number): Promise<string> {
  const name = `empty_${made++}`;
  await execute(urlOf(major), `CREATE DATABASE ${name}`);
  return urlOf(major, name);
}

async function isEmpty(url: string): Promise<boolean> {
  const rows = await execute(
    url,
    `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
     UNION ALL SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
  );
  return JSON.stringify(rows) === JSON.stringify([{ name: 'public' }]);
}

beforeAll(async () => {
  await chmod(root, 0o755);
  const schema = await readFile(new URL('../test/nasty-schema.sql', import.meta.url), 'utf8');
  for (const major of MAJORS) {
    const guarded = await guardedServer(join(root, String(major)), major);
    servers.set(major, guarded);
    await guarded.server.execute('postgres', 'ALTER ROLE "own er" SUPERUSER');
    await execute(guarded.url.href, schema);
    const [session] = await execute(
      guarded.url.href,
      `SELECT ssl, current_setting('server_version_num')::int / 10000 AS major FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    );
    expect(session).toEqual({ ssl: true, major });
  }
});
afterAll(async () => {
  for (const { server } of servers.values()) await server.stop();
});

describe.each(MAJORS)('PostgreSQL %i', (major) => {
  it.for(['native', 'wasm'] as const)(
    'is backed up by the engine %s, proven and restored on each version',
    async (engine, { skip }) => {
      const connectionString = urlOf(major);
      const { candidates } = await describeEngines({ connectionString });
      const candidate = candidates.find((each) => each.engine === engine && each.fits);
      if (!candidate) {
        const backup = createBackup({ connectionString, directory, engine });
        await expect(backup).rejects.toThrow(EngineUnavailableError);
        skip('no native tools here fit the server');
      }
      const { path } = await createBackup({ connectionString, directory, engine });
      const toolMajor = Number.parseInt(candidate?.version ?? '', 10);
      for (const target of MAJORS) {
        const into = await emptyDatabase(target);
        if (engine === 'native' && toolMajor >= 17 && target < 17) {
          const refused = /sets transaction_timeout.*Nothing was changed/;
          const verify = verifyBackup(path, { connectionString: into });
          await expect(verify).rejects.toThrow(refused);
          await expect(restoreBackup(path, { into })).rejects.toThrow(refused);
          expect(await isEmpty(into)).toBe(true);
          continue;
        }
        const { checks } = await verifyBackup(path, { connectionString: into });
        expect({ target, open: checks.filter(({ status }) => status !== 'passed') }).toEqual({
          target,
          open: [],
        });
        await restoreBackup(path, { into });
        expect(await execute(into, 'SELECT count(*)::int AS n FROM app."\\restrict"')).toEqual([
          { n: 1 },
        ]);
      }
    },
  );
});

it('leaves an older server as it was when that does not know what a newer one has', async () => {
  const source = await emptyDatabase(18);
  await execute(
    source,
    'CREATE TABLE first (id integer); CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL)',
  );
  const { path } = await createBackup({ connectionString: source, directory, engine: 'wasm' });
  const into = await emptyDatabase(15);
  const restore = restoreBackup(path, { into });
  await expect(restore).rejects.toThrow(RestoreFailedError);
  await expect(restore).rejects.toThrow('at t; Type: TABLE');
  expect(await isEmpty(into)).toBe(true);
});

it('takes a server that is newer than its tools only with the engine that is as new', async () => {
  const before = await readdir(directory);
  const { candidates, chosen } = await describeEngines({ connectionString: urlOf(18) });
  for (const candidate of candidates) {
    expect(candidate.fits).toBe(Number.parseInt(candidate.version, 10) >= 18);
  }
  expect(Number.parseInt(chosen?.version ?? '', 10)).toBe(18);
  expect(await readdir(directory)).toEqual(before);
});
