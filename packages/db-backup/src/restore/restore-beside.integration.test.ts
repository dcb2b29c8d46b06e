import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { enginesHere, execute } from '../../test/databases.ts';
import { forge } from '../../test/forge.ts';
import { killedRestore } from '../../test/killed-restore.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { createBackup } from '../create-backup.ts';
import {
  RestoreFailedError,
  RestoreUnfinishedError,
  ScratchDatabaseError,
  TargetInUseError,
  TargetNotEmptyError,
} from '../errors.ts';
import { describeRestore, restoreBackup } from '../restore-backup.ts';
import type { ManifestTable } from '../storage/manifest.ts';
import { workingName } from './database-address.ts';
import { noteDatabase } from './restore-note.ts';
import { listKeptDatabases, undoRestore } from './undo-swap.ts';

const directory = temporaryFolder();
const onServer = (sql: string) => execute(testCluster().adminUrl, sql);
const PREFIX = `beside "x'=`;
const app = `${PREFIX}\n`;
/** Other test files restore on this server too. */
const OURS = `(datname LIKE 'beside%' OR datname LIKE 'tothub_restore%' AND shobj_description(oid, 'pg_database') LIKE '%beside%')`;
let source: TestDatabase;
let path: string;

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

function urlOf(database: string, user?: string): string {
  const url = new URL(source.url);
  url.pathname = `/${encodeURI(database)}`;
  if (user) url.username = user;
  return url.href;
}

async function databases(): Promise<string[]> {
  const rows = await onServer(`SELECT datname FROM pg_database WHERE ${OURS} ORDER BY 1`);
  return rows.map((row) => String(row.datname).replace(/\d{8}T\d{6}Z$/, 'TIME'));
}

const ids = async (url: string) =>
  (await execute(url, "SELECT string_agg(id::text, ',') AS ids FROM t"))[0]?.ids;

beforeAll(async () => {
  source = await testDatabase();
  await execute(
    source.url,
    `CREATE TABLE t AS SELECT 1 AS id; COMMENT ON DATABASE ${source.name} IS 'own'`,
  );
  ({ path } = await createBackup({ connectionString: source.url, directory }));
});
afterAll(async () => {
  await source.drop();
  for (const { datname } of await onServer(`SELECT datname FROM pg_database WHERE ${OURS}`))
    await onServer(`DROP DATABASE ${quote(String(datname))} WITH (FORCE)`);
  await onServer('DROP ROLE IF EXISTS beside_plain');
});

it('restores into a database that does not exist yet, with encoding and locale of the source', async () => {
  const report = await describeRestore(path, { into: urlOf(app) });
  expect(report).toMatchObject({ how: 'new', database: app, resumes: false, sessions: [] });
  expect(await databases()).toEqual([]);
  await restoreBackup(path, { into: urlOf(app) });
  expect(await databases()).toEqual([app]);
  expect(await ids(urlOf(app))).toBe('1');
  const like = (name: string) =>
    onServer(
      `SELECT encoding, datcollate, datctype, datlocprovider, shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE datname = '${name.replaceAll("'", "''")}'`,
    );
  expect(await like(app)).toEqual(await like(source.name));
  await expect(restoreBackup(path, { into: urlOf(app) })).rejects.toThrow(TargetNotEmptyError);
});

it('refuses a database that is in use, says by whom, and ends nobody', async () => {
  await execute(urlOf(app), 'INSERT INTO t VALUES (2)');
  const other = new pg.Client({ connectionString: urlOf(app), application_name: "o'ther" });
  other.on('error', () => undefined);
  await other.connect();
  const swap = restoreBackup(path, { into: urlOf(app), swap: true });
  await expect(swap).rejects.toThrow(TargetInUseError);
  await expect(swap).rejects.toThrow(`is in use by postgres with 'o''ther', process `);
  // Goes on beside, and is refused where it would have to rename; what was restored waits there.
  await expect(
    restoreBackup(path, { into: urlOf(app), swap: true, sessions: 'keep' }),
  ).rejects.toThrow(TargetInUseError);
  expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  expect(await databases()).toEqual([app, expect.stringMatching(/^tothub_restore_/)]);
  await other.end();
  expect(await ids(urlOf(app))).toBe('1,2');
});

it('exchanges the databases in one transaction with consent, keeps the old one, and takes it back', async () => {
  const other = new pg.Client({ connectionString: urlOf(app) });
  other.on('error', () => undefined);
  await other.connect();
  const { kept } = await restoreBackup(path, {
    into: urlOf(app),
    swap: true,
    sessions: 'disconnect',
  });
  await other.end().catch(() => undefined);
  expect(await databases()).toEqual([app, `${PREFIX}\n_before_TIME`]);
  expect(await ids(urlOf(app))).toBe('1');
  expect(await ids(urlOf(kept ?? ''))).toBe('1,2');
  expect(await listKeptDatabases(source.url)).toMatchObject([{ name: kept, database: app }]);
  const undone = await undoRestore(urlOf(app));
  expect(undone.restored.name).toBe(kept);
  expect(await databases()).toEqual([app, `${PREFIX}\n_undone_TIME`]);
  expect(await ids(urlOf(app))).toBe('1,2');
  await expect(undoRestore(urlOf(app))).rejects.toThrow(RestoreFailedError);
  await onServer(`DROP DATABASE ${quote(undone.kept)}`);
});

it('exchanges nothing when what was restored differs from the backup', async () => {
  const forged = await forge(path, `${directory}/forged`, 'manifest.json', ({ tables }) => ({
    tables: (tables as ManifestTable[]).map((table) => ({ ...table, hash: '7' })),
  }));
  await expect(restoreBackup(forged, { into: urlOf(app), swap: true })).rejects.toThrow(
    'public.t has other values',
  );
  expect(await databases()).toEqual([app]);
  expect(await ids(urlOf(app))).toBe('1,2');
});

it('takes no database for its own that somebody else put there', async () => {
  await onServer('CREATE ROLE beside_stranger CREATEDB');
  const { manifest } = await createBackup({ connectionString: source.url, directory });
  const name = workingName('beside_target', manifest.id);
  const note = {
    state: 'finished',
    backupId: manifest.id,
    seal: manifest.seal,
    database: 'beside_target',
  } as const;
  await onServer(`CREATE DATABASE ${name} OWNER beside_stranger`);
  await onServer(noteDatabase(name, note));
  await expect(
    restoreBackup(`${directory}/${manifest.id}`, { into: urlOf('beside_target') }),
  ).rejects.toThrow('belongs to beside_stranger');
  await onServer(`DROP DATABASE ${name}`);
  await onServer('DROP ROLE beside_stranger');
});

it('says what to do when the role may not create databases', async () => {
  await onServer('CREATE ROLE beside_plain LOGIN');
  const restore = restoreBackup(path, { into: urlOf('beside_new', 'beside_plain') });
  await expect(restore).rejects.toThrow(ScratchDatabaseError);
  await expect(restore).rejects.toThrow('ALTER ROLE beside_plain CREATEDB');
  expect(await databases()).toEqual([app]);
});

it('names the restore of another backup that was left unfinished', async () => {
  const target = await testDatabase();
  await execute(
    target.url,
    `CREATE SCHEMA tothub_restore; CREATE TABLE tothub_restore.note (backup_id text, seal text, one_transaction boolean);
     INSERT INTO tothub_restore.note VALUES ('other-backup', 'x', true)`,
  );
  const restore = restoreBackup(path, { into: target.url });
  await expect(restore).rejects.toThrow(RestoreUnfinishedError);
  await expect(restore).rejects.toThrow('other-backup');
  await target.drop();
});

it.each(await enginesHere())(
  'is finished by the next run when it is killed, by the engine %s',
  async (engine) => {
    const backup = await createBackup({ connectionString: source.url, directory, engine });
    const into = urlOf(`beside_${engine}`);
    // What comes after the load is the same for both engines; `test:faults` kills at any moment.
    const phase = engine === 'wasm' ? 'restore' : 'access';
    expect(await killedRestore(into, backup.path, { phase })).toBe(true);
    expect(await databases()).toEqual([app, expect.stringMatching(/^tothub_restore_/)]);
    await restoreBackup(backup.path, { into });
    expect(await databases()).toEqual([app, `beside_${engine}`]);
    expect(await ids(into)).toBe('1');
    await execute(into, 'INSERT INTO t VALUES (3)');
    const last = engine === 'wasm' ? 'compare' : 'restore';
    expect(await killedRestore(into, backup.path, { phase: last }, { swap: true })).toBe(true);
    expect(await ids(into)).toBe('1,3');
    await restoreBackup(backup.path, { into, swap: true });
    expect(await ids(into)).toBe('1');
    const target = await testDatabase();
    expect(await killedRestore(target.url, backup.path, { phase: 'access' })).toBe(true);
    expect(await describeRestore(backup.path, { into: target.url })).toMatchObject({
      resumes: true,
    });
    await restoreBackup(backup.path, { into: target.url });
    expect(await execute(target.url, `SELECT to_regnamespace('tothub_restore') AS note`)).toEqual([
      { note: null },
    ]);
    await target.drop();
    for (const { datname } of await onServer(
      `SELECT datname FROM pg_database WHERE datname LIKE 'beside_${engine}%'`,
    ))
      await onServer(`DROP DATABASE ${quote(String(datname))} WITH (FORCE)`);
  },
);
