import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageKeys } from '../test/age-keys.ts';
import { enginesHere, execute, nastyDatabase } from '../test/databases.ts';
import { flipByte } from '../test/flip-byte.ts';
import { toolsAtWork } from '../test/processes.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackup } from './create-backup.ts';
import { BackupDamagedError } from './errors.ts';
import type { ProgressEvent } from './progress.ts';
import { restoreBackup } from './restore-backup.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
const { identity, recipient } = await ageKeys();
let source: TestDatabase;

beforeAll(async () => {
  source = await nastyDatabase();
  await execute(
    source.url,
    `CREATE TABLE app."large ""1"".*?
|$" (id integer PRIMARY KEY, body text);
     INSERT INTO app."large ""1"".*?
|$" SELECT i, repeat(md5(i::text), 40) FROM generate_series(1, 2500) AS i;
     CREATE TABLE large_2 (LIKE app."large ""1"".*?
|$"); INSERT INTO large_2 TABLE app."large ""1"".*?
|$";
     CREATE TABLE app.large_3 (mood app.mood, body text) PARTITION BY HASH (mood);
     CREATE TABLE app.large_3_0 PARTITION OF app.large_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0) PARTITION BY HASH (body);
     CREATE TABLE app.large_3_0_0 PARTITION OF app.large_3_0 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
     CREATE TABLE app.large_3_1 PARTITION OF app.large_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
     INSERT INTO app.large_3 SELECT m, body FROM large_2, unnest(enum_range(NULL::app.mood)) AS m;
     ALTER TABLE large_2 ADD PRIMARY KEY (id);
     ALTER TABLE app.refers ADD FOREIGN KEY (id) REFERENCES large_2 (id)`,
  );
});
afterAll(() => source.drop());

describe.each(await enginesHere())('a backup by two sessions of the engine %s', (engine) => {
  it('is the same as by one, and is restored by two', async () => {
    const events: ProgressEvent[] = [];
    const { path, manifest } = await createBackup({
      connectionString: source.url,
      directory,
      engine,
      jobs: 2,
      encryption: { recipients: [recipient] },
      onProgress: (event) => events.push(event),
    });
    const ending = engine === 'native' ? 'pgdump.age' : 'tothub.age';
    expect((await readdir(path)).sort()).toEqual([
      'catalog.json.age',
      'contents.json.age',
      `data-1.${ending}`,
      `data-2.${ending}`,
      `dump.${ending}`,
      'manifest.json',
    ]);
    const files = Map.groupBy(manifest.tables, (table) => table.file);
    expect([...files.keys()].sort()).toEqual([
      `data-1.${ending.replace('.age', '')}`,
      `data-2.${ending.replace('.age', '')}`,
    ]);
    const { checks } = await verifyBackup(path, {
      connectionString: source.url,
      identities: [identity],
      onProgress: (event) => events.push(event),
    });
    expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
    const restored = events.findLast(({ phase }) => phase === 'restore');
    expect(restored?.doneBytes).toBe(restored?.totalBytes);

    await flipByte(join(path, `data-2.${ending}`), 5_000);
    const target = await testDatabase();
    const restoring = restoreBackup(path, { into: target.url, identities: [identity] });
    await expect(restoring).rejects.toThrow(BackupDamagedError);
    await target.drop();
  });

  it('leaves nothing behind when it is stopped, neither files nor processes', async () => {
    const place = join(directory, engine);
    const stop = new AbortController();
    const backup = createBackup({
      connectionString: source.url,
      directory: place,
      engine,
      jobs: 3,
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'dump' && stop.abort(new Error('stopped by the test')),
    });
    await expect(backup).rejects.toThrow('stopped by the test');
    expect(await readdir(place)).toEqual([]);
    await expect.poll(() => toolsAtWork(source.name)).toEqual([]);
  });
});

it('leaves out foreign keys to rows that are not there also where several sessions restore', async () => {
  const options = { connectionString: source.url, directory: join(directory, 'selective') };
  const { path, manifest } = await createBackup({ ...options, jobs: 2, excludeRows: ['large_2'] });
  expect(manifest.selection?.foreignKeysLeftOut.map(({ table }) => table)).toEqual(['refers']);
  const { checks } = await verifyBackup(path, options);
  expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
  const target = await testDatabase();
  await restoreBackup(path, { into: target.url });
  expect(await execute(target.url, 'SELECT count(*)::int AS rows FROM app.refers')).toEqual([
    { rows: 2 },
  ]);
  await target.drop();
});
