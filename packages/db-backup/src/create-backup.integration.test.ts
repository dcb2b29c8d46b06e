import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageKeys } from '../test/age-keys.ts';
import { enginesHere, execute } from '../test/databases.ts';
import { childProcesses, toolsAtWork } from '../test/processes.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackup } from './create-backup.ts';
import type { EngineChoice } from './engine.ts';
import { TableLockedError, UnreadableObjectsError } from './errors.ts';
import { listBackups } from './list-backups.ts';
import type { ProgressEvent } from './progress.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
const engines = await enginesHere();
let source: TestDatabase;

beforeAll(async () => {
  source = await testDatabase();
  await execute(
    source.url,
    `CREATE TABLE big (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
     INSERT INTO big (body) SELECT repeat(md5(i::text), 20) FROM generate_series(1, 15000) AS i;
     CREATE TABLE account (id integer PRIMARY KEY, balance integer NOT NULL);
     INSERT INTO account SELECT i, 100 FROM generate_series(1, 50) AS i;
     CREATE TABLE secret (id integer PRIMARY KEY);
     INSERT INTO secret VALUES (1);`,
  );
});
afterAll(() => source.drop());

/** Everything that lies in the directory, also what is hidden. */
const entries = async (): Promise<string[]> => (await readdir(directory)).sort();

/** Backs up and calls `during` once, at the first event of a phase. */
function backupWhile(
  engine: EngineChoice,
  wanted: ProgressEvent['phase'],
  during: () => void,
): ReturnType<typeof createBackup> {
  let isDone = false;
  return createBackup({
    connectionString: source.url,
    directory,
    engine,
    onProgress: ({ phase }) => {
      if (phase !== wanted || isDone) return;
      isDone = true;
      during();
    },
  });
}

async function roleUrl(role: string): Promise<string> {
  const url = new URL(source.url);
  url.username = role;
  return url.href;
}

describe.each(engines)('by the engine %s', (engine) => {
  it('shows one moment while others write, move money and draw from sequences', async () => {
    let isOver = false;
    const writers = Array.from({ length: 3 }, async (_, writer) => {
      const client = new pg.Client({ connectionString: source.url });
      await client.connect();
      while (!isOver) {
        await client.query('BEGIN');
        await client.query('UPDATE account SET balance = balance - 1 WHERE id = $1', [writer + 1]);
        await client.query('UPDATE account SET balance = balance + 1 WHERE id = $1', [writer + 11]);
        await client.query(`INSERT INTO big (body) VALUES ('late')`);
        await client.query('COMMIT');
        await sleep(2);
      }
      await client.end();
    });
    const { path } = await createBackup({ connectionString: source.url, directory, engine });
    isOver = true;
    await Promise.all(writers);
    const { checks } = await verifyBackup(path, { connectionString: source.url });
    expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
  });

  it('keeps a table from being dropped until it is done', async () => {
    await execute(source.url, 'CREATE TABLE victim AS SELECT 1 AS n');
    let dropped: Promise<unknown> | undefined;
    const { path } = await backupWhile(engine, 'dump', () => {
      dropped = execute(source.url, 'DROP TABLE victim');
    });
    await dropped;
    const { ok } = await verifyBackup(path, { connectionString: source.url });
    expect(ok).toBe(true);
    const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
    expect(manifest.tables).toContainEqual(expect.objectContaining({ name: 'victim', rows: 1 }));
  });

  it('starts anew when somebody queues up for a table between its lock and that of the dump', async () => {
    await execute(source.url, 'CREATE TABLE victim AS SELECT 1 AS n');
    let dropped: Promise<unknown> | undefined;
    const { manifest } = await backupWhile(engine, 'count', () => {
      dropped = execute(source.url, 'DROP TABLE victim');
    });
    await dropped;
    expect(manifest.tables.map((table) => table.name)).toEqual(['account', 'big', 'secret']);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const before = await entries();
    const stop = new AbortController();
    const backup = createBackup({
      connectionString: source.url,
      directory,
      engine,
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'count' && stop.abort(new Error('stopped by the test')),
    });
    await expect(backup).rejects.toThrow('stopped by the test');
    expect(await entries()).toEqual(before);
  });

  it('leaves nothing behind when the server ends its sessions', async () => {
    const before = await entries();
    let ended: Promise<unknown> | undefined;
    const backup = backupWhile(engine, 'count', () => {
      ended = execute(
        testCluster().adminUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${source.name}'`,
      );
    });
    await expect(backup).rejects.toMatchObject({ code: expect.stringMatching(/^TOTHUB_BACKUP_/) });
    await ended;
    expect(await entries()).toEqual(before);
  });

  it.each(['plain', 'encrypted'])(
    'leaves only a partial folder when it is killed (%s), and the next run sweeps it',
    async (kind) => {
      const before = await entries();
      const child = spawn(
        process.execPath,
        [
          '--conditions=@tothub/source',
          fileURLToPath(new URL('../test/child-backup.ts', import.meta.url)),
          source.url,
          directory,
          engine,
          ...(kind === 'encrypted' ? [(await ageKeys()).recipient] : []),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await expect.poll(() => toolsAtWork(source.name)).toEqual([]);
      const left = (await entries()).filter((name) => !before.includes(name));
      expect(left).toEqual([expect.stringMatching(/^\.partial-/)]);
      const listed = (await listBackups(directory)).filter((backup) => left.includes(backup.name));
      expect(listed).toMatchObject([{ state: 'partial', manifest: null }]);
      await createBackup({ connectionString: source.url, directory, engine });
      expect(await entries()).not.toContain(left[0]);
    },
  );

  it('names what the role cannot read, and writes nothing', async () => {
    const role = `reader_${engine}`;
    await execute(
      source.url,
      `DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN;
       GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};
       REVOKE SELECT ON secret FROM ${role};
       ALTER TABLE account ENABLE ROW LEVEL SECURITY;`,
    );
    const before = await entries();
    const backup = createBackup({ connectionString: await roleUrl(role), directory, engine });
    const error = await backup.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    await execute(
      source.url,
      `DROP OWNED BY ${role}; DROP ROLE ${role}; ALTER TABLE account DISABLE ROW LEVEL SECURITY`,
    );
    expect(error).toBeInstanceOf(UnreadableObjectsError);
    expect((error as UnreadableObjectsError).objects).toEqual([
      'public.account (row-level security applies to this role)',
      'public.big_id_seq (no SELECT)',
      'public.secret (no SELECT)',
    ]);
    expect(await entries()).toEqual(before);
  });

  it('says who holds a lock when a table stays locked', async () => {
    const before = await entries();
    const holder = new pg.Client({ connectionString: source.url, application_name: 'the holder' });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE secret IN ACCESS EXCLUSIVE MODE');
    const backup = createBackup({
      connectionString: source.url,
      directory,
      engine,
      lockTimeoutMs: 100,
    });
    const error: unknown = await backup.catch((thrown: unknown) => thrown);
    await holder.end();
    expect(error).toBeInstanceOf(TableLockedError);
    expect((error as Error).message).toContain(
      `public.secret is locked by process ${Reflect.get(holder, 'processID')}`,
    );
    expect((error as Error).message).toContain(`application 'the holder', idle in transaction`);
    expect(await entries()).toEqual(before);
  });
});

it('shows the password to nobody: not in arguments, environment, manifest or errors', async () => {
  const url = new URL(source.url);
  url.password = 'hunter2:\\ü';
  const seen: string[] = [];
  let isOver = false;
  const watch = async (): Promise<void> => {
    for (; !isOver; await sleep(5)) seen.push(...childProcesses());
  };
  const watching = watch();
  const [engine] = engines;
  const { path } = await createBackup({ connectionString: url.href, directory });
  const { ok } = await verifyBackup(path, { connectionString: url.href });
  isOver = true;
  await watching;
  expect(ok).toBe(true);
  if (engine === 'native' && process.platform === 'linux') {
    expect(seen.some((text) => text.includes('pg_dump'))).toBe(true);
    expect(seen.some((text) => text.includes('pg_restore'))).toBe(true);
  }
  for (const name of ['manifest.json', 'receipt.json', 'catalog.json']) {
    seen.push(await readFile(join(path, name), 'utf8'));
  }
  expect(seen.filter((text) => /hunter2/.test(text))).toEqual([]);
  url.pathname = '/no such database';
  const refused = createBackup({ connectionString: url.href, directory });
  const error = (await refused.catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toContain('postgres:***@');
  expect(`${error.message}${error.stack}`).not.toContain('hunter2');
});

it('backs up an empty database', async () => {
  const empty = await testDatabase();
  for (const engine of engines) {
    const { path, manifest } = await createBackup({
      connectionString: empty.url,
      directory,
      engine,
    });
    expect(manifest.tables).toEqual([]);
    expect((await verifyBackup(path, { connectionString: empty.url })).ok).toBe(true);
  }
  await empty.drop();
});

it('finishes with 400 tables by the engine wasm', async () => {
  const many = await testDatabase();
  await execute(
    many.url,
    `DO $$ BEGIN FOR i IN 1..400 LOOP
       EXECUTE format('CREATE TABLE %I (id integer PRIMARY KEY, v text DEFAULT %L)', 'table_with_a_long_name_' || i, i);
     END LOOP; END $$; INSERT INTO table_with_a_long_name_400 VALUES (1);`,
  );
  const { path, manifest } = await createBackup({
    connectionString: many.url,
    directory,
    engine: 'wasm',
  });
  expect(manifest.tables).toHaveLength(400);
  const { checks } = await verifyBackup(path, { connectionString: many.url });
  await many.drop();
  expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
});
