/** Backups in a bucket from end to end: a real server of S3, a real one of PostgreSQL, and a network that breaks. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { execute } from '../test/databases.ts';
import { childProcesses } from '../test/processes.ts';
import { type FaultyProxy, faultyProxy } from '../test/s3/faulty-proxy.ts';
import { testS3 } from '../test/s3/server.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackupGate } from './backup-gate.ts';
import { createBackup } from './create-backup.ts';
import { inspectBackup } from './inspect-backup.ts';
import { createBackupKeys, readBackupKeys } from './keys/backup-keys.ts';
import { listBackups } from './list-backups.ts';
import { pruneBackups } from './prune-backups.ts';
import { restoreBackup } from './restore-backup.ts';
import { verifyBackup } from './verify-backup.ts';

const folderOfKeys = temporaryFolder();
const s3 = await testS3();
let source: TestDatabase;
let directory: string;
let folders = 0;

beforeAll(async () => {
  source = await testDatabase();
  await execute(source.url, 'CREATE TABLE kept (id serial PRIMARY KEY, body text)');
  await execute(source.url, `INSERT INTO kept (body) VALUES ('one'), ('two')`);
});
afterAll(() => source.drop());
beforeEach(() => {
  directory = at(s3.endpoint, folders++);
});

const at = (endpoint: string, number: number): string =>
  `s3://${s3.bucket}/${process.pid}%20ü+/${number}?endpoint=${endpoint}&pathStyle=true&partMiB=5`;

async function keys(): Promise<string[]> {
  const Prefix = `${process.pid} ü+/${folders - 1}/`;
  const { Contents = [] } = await s3.client.listObjectsV2({ Bucket: s3.bucket, Prefix });
  return Contents.map(({ Key = '' }) => Key.slice(Prefix.length));
}

/** Sessions of a backup at the source that are still in a transaction. */
const openTransactions = async (): Promise<unknown[]> =>
  execute(
    source.url,
    `SELECT state, query FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`,
  );

it('takes, proves, lists, prunes and restores what is encrypted and signed, and shows no secret', async () => {
  const connectionString = source.url;
  const keyFile = `${folderOfKeys}/keys`;
  const { recipient } = await createBackupKeys(keyFile);
  const { identities, signingKey, trustedKeys = [] } = await readBackupKeys(keyFile);
  const how = { identities, trustedKeys, ...(signingKey && { signingKey }) };
  const seen: string[] = [];
  let isOver = false;
  const watch = async (): Promise<void> => {
    for (; !isOver; await sleep(10)) seen.push(...childProcesses());
  };
  const watching = watch();
  const { path, manifest } = await createBackup({
    ...how,
    connectionString,
    directory,
    encryption: { recipients: [recipient] },
  });
  isOver = true;
  await watching;
  expect(path).toBe(directory.replace('?', `/${manifest.id}?`));
  expect((await keys()).map((key) => key.split('/')[1])).toEqual([
    'catalog.json.age',
    'contents.json.age',
    expect.stringMatching(/^dump\.(pgdump|tothub)\.age$/),
    'manifest.json',
  ]);
  expect(await listBackups(directory, { trustedKeys })).toMatchObject([
    { path, state: 'unverified', checked: 'unchanged', problem: null },
  ]);
  expect(await verifyBackup(path, { ...how, connectionString })).toMatchObject({ ok: true });
  expect(await inspectBackup(path, { trustedKeys, check: 'contents' })).toMatchObject({
    state: 'verified',
    checked: 'contents',
  });
  const gate = createBackupGate({ directory, connectionString, ...how });
  expect(await gate.check(['kept'])).toEqual({ ok: true, receipt: manifest.id });
  const empty = await testDatabase();
  await restoreBackup(path, { ...how, into: empty.url });
  const [{ count } = {}] = await execute(empty.url, 'SELECT count(*)::int FROM kept');
  await empty.drop();
  expect(count).toBe(2);
  const second = await createBackup({ ...how, connectionString, directory });
  await createBackup({ ...how, connectionString, directory });
  const policy = { keepLast: 1, trustedKeys };
  const planned = await pruneBackups(directory, { ...policy, dryRun: true });
  expect(planned.removed).toEqual([second.manifest.id]);
  expect(await pruneBackups(directory, policy)).toEqual(planned);
  expect(new Set((await keys()).map((key) => key.split('/')[0])).size).toBe(2);
  for (const name of await keys()) {
    if (!name.endsWith('.json')) continue;
    const Key = `${process.pid} ü+/${folders - 1}/${name}`;
    const { Body } = await s3.client.getObject({ Bucket: s3.bucket, Key });
    seen.push((await Body?.transformToString()) ?? '');
  }
  if (manifest.engine.name === 'native')
    expect(seen.some((text) => text.includes('pg_dump'))).toBe(true);
  expect(seen.filter((text) => text.includes(process.env.AWS_SECRET_ACCESS_KEY ?? '?'))).toEqual(
    [],
  );
});

it('tells what was replaced, altered, cut or taken away afterwards', async () => {
  const connectionString = source.url;
  const { path, manifest } = await createBackup({ connectionString, directory });
  await verifyBackup(path, { connectionString });
  const Key = `${process.pid} ü+/${folders - 1}/${manifest.id}/${manifest.files.find(({ name }) => name === 'catalog.json')?.name}`;
  const target = { Bucket: s3.bucket, Key };
  const { Body } = await s3.client.getObject(target);
  const original = Buffer.from((await Body?.transformToByteArray()) ?? []);
  const altered = Buffer.from(original);
  altered[100] = (altered[100] ?? 0) ^ 1;
  const gate = createBackupGate({ directory, connectionString });
  await s3.client.putObject({ ...target, Body: altered });
  expect(await listBackups(directory)).toMatchObject([{ checked: 'sizes' }]);
  expect(await listBackups(directory, { check: 'contents' })).toMatchObject([{ state: 'damaged' }]);
  expect(await gate.check(['kept'])).toMatchObject({ ok: false });
  await s3.client.putObject({ ...target, Body: original.subarray(1) });
  expect(await listBackups(directory)).toMatchObject([
    { state: 'damaged', problem: expect.stringContaining(`instead of ${original.length}`) },
  ]);
  await s3.client.deleteObject(target);
  expect(await listBackups(directory)).toMatchObject([
    { state: 'damaged', problem: expect.stringContaining('is missing') },
  ]);
  await s3.client.putObject({ ...target, Body: original });
  expect(await listBackups(directory)).toMatchObject([{ state: 'verified', checked: 'unchanged' }]);
  expect(await gate.check(['kept'])).toMatchObject({ ok: true });
});

it('never prunes what rests on a proof that is broken by now', async () => {
  const connectionString = source.url;
  const [older, newer] = [
    await createBackup({ connectionString, directory }),
    await createBackup({ connectionString, directory }),
  ];
  for (const { path } of [older, newer]) await verifyBackup(path, { connectionString });
  const Key = `${process.pid} ü+/${folders - 1}/${newer.manifest.id}/catalog.json`;
  const { Body } = await s3.client.getObject({ Bucket: s3.bucket, Key });
  const altered = Buffer.from((await Body?.transformToByteArray()) ?? []);
  altered[100] = (altered[100] ?? 0) ^ 1;
  await s3.client.putObject({ Bucket: s3.bucket, Key, Body: altered });
  const { removed, kept } = await pruneBackups(directory, { keepLast: 1 });
  expect(removed).toEqual([]);
  expect(kept).toEqual([{ name: older.manifest.id, reasons: ['last', 'newest verified'] }]);
});

it('has closed the database before it publishes, and before it gives up', async () => {
  for (const fault of [undefined, { answer: 403, code: 'AccessDenied' }]) {
    const proxy: FaultyProxy = await faultyProxy(s3.endpoint);
    const during: Promise<unknown[]>[] = [];
    proxy.fault = (method, url) => {
      if (method !== 'PUT' || !url.pathname.endsWith('manifest.json')) return undefined;
      during.push(openTransactions());
      return fault;
    };
    const options = { connectionString: source.url, directory: at(proxy.endpoint, folders - 1) };
    const backup = createBackup(options);
    if (fault) await expect(backup).rejects.toMatchObject({ code: 'TOTHUB_BACKUP_STORAGE_DENIED' });
    else await backup;
    expect((await Promise.all(during)).flat()).toEqual([]);
    expect(during).not.toEqual([]);
  }
});

it('takes two backups at once into one prefix', async () => {
  const options = { connectionString: source.url, directory };
  const made = await Promise.all([createBackup(options), createBackup(options)]);
  const listed = await listBackups(directory, { check: 'contents' });
  expect(listed.map(({ path, state }) => `${path} ${state}`).sort()).toEqual(
    made.map(({ path }) => `${path} unverified`).sort(),
  );
});

it('keeps what is being verified, whatever the policy says', async () => {
  const connectionString = source.url;
  const older = await createBackup({ connectionString, directory });
  const newer = await createBackup({ connectionString, directory });
  let pruned: ReturnType<typeof pruneBackups> | undefined;
  const { ok } = await verifyBackup(older.path, {
    connectionString,
    onProgress: () => {
      pruned ??= pruneBackups(directory, { keepLast: 1 });
    },
  });
  expect(ok).toBe(true);
  expect(await pruned).toEqual({
    removed: [],
    kept: [
      { name: newer.manifest.id, reasons: ['last'] },
      { name: older.manifest.id, reasons: ['in use'] },
    ],
  });
});

/** Nine MB that cannot be compressed: three parts. */
async function fillSource(): Promise<void> {
  const body = randomBytes(9_000_000).toString('base64');
  await execute(source.url, `INSERT INTO kept (body) VALUES ('${body}')`);
}

it('ends its transaction and its upload when the storage is cut off for good', async () => {
  await fillSource();
  const proxy = await faultyProxy(s3.endpoint);
  proxy.fault = (_method, url) => {
    if (url.searchParams.get('partNumber') === '2') proxy.cut();
    return undefined;
  };
  const options = { connectionString: source.url, directory: at(proxy.endpoint, folders - 1) };
  await expect(createBackup(options)).rejects.toMatchObject({
    code: 'TOTHUB_BACKUP_STORAGE',
    isRetryable: true,
  });
  expect(await openTransactions()).toEqual([]);
  expect(await listBackups(directory)).toMatchObject([{ state: 'partial' }]);
});

it('leaves only a partial backup when it is killed while it uploads', async () => {
  const proxy = await faultyProxy(s3.endpoint);
  const child = spawn(
    process.execPath,
    [
      '--conditions=@tothub/source',
      fileURLToPath(new URL('../test/child-backup.ts', import.meta.url)),
      source.url,
      at(proxy.endpoint, folders - 1),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TEST_GO_ON: 'yes' } },
  );
  proxy.fault = (_method, url) => {
    if (url.searchParams.get('partNumber') === '2') child.kill('SIGKILL');
    return undefined;
  };
  await once(child, 'exit');
  expect(await listBackups(directory)).toMatchObject([{ state: 'partial', manifest: null }]);
  await expect.poll(openTransactions).toEqual([]);
  // It is too young to be swept, and in nobody's way.
  const { path } = await createBackup({ connectionString: source.url, directory });
  expect((await listBackups(directory)).map(({ state }) => state).sort()).toEqual([
    'partial',
    'unverified',
  ]);
  expect(path).toContain(source.name);
});
