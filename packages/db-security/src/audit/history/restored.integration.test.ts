/** What the log tells of a table after a dump and restore, which give tables and columns other numbers. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries } from '@tothub/db-testkit';
import { testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { asOf } from './as-of.ts';
import { history } from './history.ts';
import { restoreRow } from './restore-row.ts';

const run = promisify(execFile);
const T = { schema: 'public', name: 't' };
const pgDump = findBinaries(testCluster().major).find((set) => set.pgDump !== undefined)?.pgDump;

async function connect(): Promise<{ db: pg.Client; url: string }> {
  const database = await testDatabase();
  const db = new pg.Client(database.url);
  await db.connect();
  onTestFinished(async () => {
    await db.end();
    await database.drop();
  });
  return { db, url: database.url };
}

async function valuesAt(db: pg.Client, moment: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  await using then = await asOf(db, T, moment);
  expect(then.limits).toEqual([]);
  for await (const { values, isProven, doubts } of then.rows)
    rows.push({ values, isProven, doubts });
  return rows;
}

test.skipIf(pgDump === undefined)('every moment before the dump is told as before it', async () => {
  const { db, url } = await connect();
  await installAudit(db);
  // A column that is gone leaves a gap in the numbers, which a restore closes.
  await db.query(
    'CREATE TABLE t (id int PRIMARY KEY, gap int, a text, b text); ALTER TABLE t DROP gap',
  );
  await enableAudit(db, T);
  await db.query(
    `INSERT INTO t VALUES (1, 'x', 'b'), (2, 'y', 'b'); UPDATE t SET a = 'z' WHERE id = 2`,
  );
  const then = (await db.query('SELECT clock_timestamp()::text AS at')).rows[0].at;
  await db.query(`UPDATE t SET a = 'later', id = id + 10; DELETE FROM t WHERE id = 11`);
  const before = await valuesAt(db, then);

  const folder = await mkdtemp(join(tmpdir(), 'audit-history-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'dump');
  const { db: restored, url: into } = await connect();
  await run(pgDump ?? '', ['--format=custom', `--file=${file}`, url]);
  await run((pgDump ?? '').replace(/pg_dump$/, 'pg_restore'), [
    '--exit-on-error',
    `--dbname=${into}`,
    file,
  ]);

  expect(await valuesAt(restored, then)).toEqual(before);
  expect(before).toHaveLength(2);
  await restored.query(`UPDATE t SET a = 'after the restore'`);
  await enableAudit(restored, T, { redact: ['b'] });
  await restored.query(`UPDATE t SET a = 'and enabled again'`);
  const told = await valuesAt(restored, then);
  expect(told).toMatchObject([
    { values: { id: '1', a: 'x', b: 'b' } },
    { values: { id: '2', a: 'z', b: 'b' } },
  ]);
  const operations: string[] = [];
  for await (const { operation } of history(restored, T, ['12'])) operations.push(operation);
  expect(operations).toEqual(['UPDATE', 'ENABLE', 'UPDATE', 'UPDATE', 'UPDATE', 'INSERT']);
  expect(await restoreRow(restored, T, ['1'], { to: then })).toMatchObject({ action: 'insert' });
});
