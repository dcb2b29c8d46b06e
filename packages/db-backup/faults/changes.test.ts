/** Backups while tables are created, dropped, rewritten and emptied without a pause: each is proven, or was never made. */
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackup, TableLockedError, verifyBackup } from '../src/index.ts';
import { enginesHere, execute } from '../test/databases.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { RUNS, randomNumbers } from './random.ts';

const directory = temporaryFolder();
const TABLES = 6;
let source: TestDatabase;

beforeAll(async () => {
  source = await testDatabase();
  for (let n = 0; n < TABLES; n++) await execute(source.url, createTable(n));
  await execute(source.url, 'CREATE TABLE steady AS SELECT n FROM generate_series(1, 20000) AS n');
});
afterAll(() => source.drop());

function createTable(n: number): string {
  return `CREATE TABLE t${n} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
    INSERT INTO t${n} (v) SELECT md5(i::text) FROM generate_series(1, 800) AS i`;
}

/** Changes one after the other until it is told to stop; what stands in the way is given up after 200 ms. */
async function disturb(random: () => number, isOver: () => boolean): Promise<number> {
  const client = new pg.Client({ connectionString: source.url });
  await client.connect();
  await client.query('SET lock_timeout = 200');
  let done = 0;
  while (!isOver()) {
    const t = `t${Math.floor(random() * TABLES)}`;
    const n = Number(t.slice(1));
    const changes = [
      `TRUNCATE ${t}`,
      `INSERT INTO ${t} (v) SELECT md5(i::text) FROM generate_series(1, 300) AS i`,
      `VACUUM FULL ${t}`,
      `ALTER TABLE ${t} ALTER COLUMN v TYPE varchar(${40 + Math.floor(random() * 99)})`,
      `ALTER TABLE ${t} ADD COLUMN c${Math.floor(random() * 1e6)} integer DEFAULT 7`,
      `DROP TABLE ${t}`,
      `BEGIN; DROP TABLE IF EXISTS ${t}; ${createTable(n)}; COMMIT`,
      createTable(n),
      `CREATE INDEX ON ${t} (v)`,
      `CLUSTER ${t} USING ${t}_pkey`,
    ];
    const change = changes[Math.floor(random() * changes.length)] ?? '';
    await client.query(change).then(
      () => done++,
      () => client.query('ROLLBACK'),
    );
    await sleep(random() * 30);
  }
  await client.end();
  return done;
}

describe.each(await enginesHere())('by the engine %s', (engine) => {
  it('is whole, or says that it could not lock a table', async () => {
    const random = randomNumbers(`changes ${engine}`);
    let made = 0;
    for (let run = 0; run < RUNS; run++) {
      let isOver = false;
      const disturbing = [1, 2].map(() => disturb(random, () => isOver));
      const before = (await readdir(directory).catch(() => [])).sort();
      const outcome = await createBackup({ connectionString: source.url, directory, engine }).catch(
        (error: unknown) => error,
      );
      isOver = true;
      for (const done of await Promise.all(disturbing)) expect(done).toBeGreaterThanOrEqual(0);
      if (outcome instanceof Error || !isBackup(outcome)) {
        expect(outcome).toBeInstanceOf(TableLockedError);
        expect((await readdir(directory).catch(() => [])).sort()).toEqual(before);
        continue;
      }
      made++;
      const { checks } = await verifyBackup(outcome.path, { connectionString: source.url });
      expect(checks.filter(({ status }) => status !== 'passed')).toEqual([]);
    }
    expect(made).toBeGreaterThan(0);
  });
});

function isBackup(outcome: unknown): outcome is { path: string } {
  return typeof outcome === 'object' && outcome !== null && 'path' in outcome;
}
