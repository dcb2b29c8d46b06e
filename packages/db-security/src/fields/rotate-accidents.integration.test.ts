/** What must hold when rows change under a rotation, when it is killed, and when it cannot. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import {
  accounts,
  all,
  column,
  contextOf,
  database,
  db,
  intercepted,
  nasty,
  now,
  onlyNew,
  opened,
  other,
  ring,
  rowsOf,
  sql,
  table,
  useRotationDatabase,
} from '../../test/rotation-database.ts';
import { addKey } from '../keys/change-key-file.ts';
import { createKeyFile, readKeyFile } from '../keys/key-file.ts';
import { encryptField } from './encrypt-field.ts';
import { type RejectedField, rotateFields } from './rotate-fields.ts';

useRotationDatabase();

test('a value that the application writes meanwhile is kept, under whichever key it was written', async () => {
  const [first] = await rowsOf();
  const { a, b } = first as { a: string; b: string };
  const context = contextOf(a, b);
  let writes = 0;
  const busy = intercepted(/^UPDATE/, async () => {
    writes += 1;
    if (writes > 3) return;
    // Twice by a process that still has the old ring, then by one with the new.
    const keyRing = ring(writes < 3 ? 'old' : 'new');
    const ciphertext = encryptField(`newer ${writes}`, { keyRing, context });
    await other.query(`UPDATE ${sql.table} SET ${sql.column} = $1 WHERE a = $2 AND "b c" = $3`, [
      ciphertext,
      a,
      b,
    ]);
  });
  const [report] = await rotateFields({ db: busy, keyRing: now, columns: [column] });
  expect(report).toMatchObject({ kept: [], isComplete: true });
  expect(await opened(onlyNew)).toEqual(['newer 3', ...accounts.slice(1)]);
});

test('a row that somebody holds is left to the end, or counted, and does not stop the others', async () => {
  await other.query(`BEGIN; SELECT FROM ${sql.table} WHERE a = '2024-01-01' FOR UPDATE`);
  onTestFinished(() => void other.query('ROLLBACK'));
  const options = { db, keyRing: now, columns: [column], lockBudgetMs: 300 };
  const [report] = await rotateFields(options);
  expect(report).toMatchObject({ rotated: 58, isComplete: false });
  expect(report?.kept).toEqual([
    { reason: 'changed or held by others meanwhile; run again', count: 2 },
  ]);
  await other.query('ROLLBACK');
  expect(await rotateFields(options)).toMatchObject([{ rotated: 2, isComplete: true }]);
});

test('what cannot be opened stays, is counted and named by its key, and never by its value', async () => {
  await db.query(`UPDATE ${sql.table} AS x SET ${sql.column} = y.${sql.column} FROM ${sql.table} AS y
    WHERE x.a = '2024-01-01' AND y.a = x.a AND x."b c" <> y."b c"`);
  await db.query(
    `UPDATE ${sql.table} SET ${sql.column} = 'enc1:gone:' || substr(${sql.column}, 10) WHERE a = '2024-01-02'`,
  );
  await db.query(
    `UPDATE ${sql.table} SET ${sql.column} = 'enc1:old:cut' WHERE a = '2024-01-03' AND "b c"`,
  );
  await db.query(
    `UPDATE ${sql.table} SET ${sql.column} = 'in the clear' WHERE a = '2024-01-03' AND NOT "b c"`,
  );
  const rejected: RejectedField[] = [];
  const [report] = await rotateFields({
    db,
    keyRing: now,
    columns: [column],
    onRejected: (each) => rejected.push(each),
  });
  expect(report).toMatchInlineSnapshot(`
    {
      "column": "Ci"pher %s",
      "isComplete": false,
      "kept": [
        {
          "count": 2,
          "reason": "altered, or bound to another row or column; see rebindField",
        },
        {
          "count": 1,
          "reason": "begins like a ciphertext and is none",
        },
        {
          "count": 2,
          "reason": "under a key that the ring does not hold",
        },
      ],
      "keys": [
        {
          "keyId": "gone",
          "rows": 2,
        },
        {
          "keyId": "new",
          "rows": 54,
        },
        {
          "keyId": "old",
          "rows": 2,
        },
        {
          "keyId": "older",
          "rows": 1,
        },
        {
          "keyId": null,
          "rows": 1,
        },
      ],
      "rotated": 54,
      "table": {
        "name": "st'aff "x"",
        "schema": "public",
      },
    }
  `);
  expect(rejected).toHaveLength(5);
  expect(rejected[0]).toMatchObject({ table, column: nasty, key: { a: '2024-01-01' } });
  expect(JSON.stringify(rejected)).not.toContain('enc1');
});

test('killed at any batch and run again ends with every value, once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rotate-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const keyFile = join(directory, 'keys.json');
  await createKeyFile(keyFile);
  const former = await readKeyFile(keyFile);
  const rows = (await rowsOf()).map(({ a, b }) => {
    const field = { keyRing: former, context: contextOf(a, b) };
    return { a, b, ciphertext: encryptField(`of ${a} ${b}`, field) };
  });
  await db.query(
    `UPDATE ${sql.table} AS t SET ${sql.column} = v.ciphertext FROM unnest($1::date[], $2::boolean[], $3::text[]) AS v(a, b, ciphertext)
     WHERE t.a = v.a AND t."b c" = v.b`,
    [rows.map(({ a }) => a), rows.map(({ b }) => b), rows.map(({ ciphertext }) => ciphertext)],
  );
  const id = await addKey(keyFile);
  const counts: number[] = [];
  for (const killAt of [2, 4, Number.POSITIVE_INFINITY]) {
    const child = fork(
      fileURLToPath(new URL('../../test/rotate-process.ts', import.meta.url)),
      [database.url, keyFile, JSON.stringify([column])],
      { execArgv: ['--conditions=@tothub/source', '--disable-warning=ExperimentalWarning'] },
    );
    let messages = 0;
    child.on('message', () => {
      messages += 1;
      if (messages === killAt) child.kill('SIGKILL');
    });
    const signal = await new Promise((resolve) => {
      child.on('exit', (_, by) => resolve(by));
    });
    expect(signal).toBe(Number.isFinite(killAt) ? 'SIGKILL' : null);
    const rotated = (await rowsOf()).filter(({ ciphertext }) => ciphertext.includes(`:${id}:`));
    counts.push(rotated.length);
  }
  expect(counts[0]).toBeGreaterThanOrEqual(14);
  expect(counts[0]).toBeLessThan(60);
  expect(counts[2]).toBe(60);
  const keyRing = await readKeyFile(keyFile);
  expect(await opened(keyRing)).toEqual((await rowsOf()).map(({ a, b }) => `of ${a} ${b}`));
});

test('two runs at once end as one would', async () => {
  const reports = await Promise.all(
    [db, other].map((client) =>
      rotateFields({ db: client, keyRing: now, columns: [column], batchSize: 5 }),
    ),
  );
  const rotated = reports.map(([report]) => report?.rotated ?? 0);
  expect(rotated.reduce((sum, count) => sum + count)).toBe(60);
  expect(await opened(onlyNew)).toEqual(accounts);
});

test('stops between two batches when asked, and tells how far it is', async () => {
  const controller = new AbortController();
  const told: unknown[] = [];
  const run = rotateFields({
    db,
    keyRing: now,
    columns: [column],
    batchSize: 20,
    signal: controller.signal,
    onProgress: (progress) => {
      told.push(progress);
      controller.abort();
    },
  });
  await expect(run).rejects.toThrow(/stopped between two batches\. Run it again/);
  expect(told).toEqual([
    { phase: 'rotate', what: `public.${table.name}.${nasty}`, examined: 20, written: 20 },
  ]);
  const left = (await rowsOf()).filter(({ ciphertext }) => !ciphertext.startsWith('enc1:new:'));
  expect(left).toHaveLength(40);
});

test('a column that is too short for the new ids, or no text, is refused before anything is changed', async () => {
  const length = (await rowsOf())[0]?.ciphertext.length ?? 0;
  await db.query(`ALTER TABLE ${sql.table} ALTER COLUMN ${sql.column} TYPE varchar(${length + 4})`);
  const long = 'x'.repeat(32);
  all.set(long, randomBytes(32));
  const run = rotateFields({ db, keyRing: ring(long, [...all.keys()]), columns: [column] });
  await expect(run).rejects.toThrow(/need \d+ with the key id "x+"\. Give it the type text/);
  all.delete(long);
  await db.query('CREATE TABLE numbers (id int PRIMARY KEY, n int)');
  const numbers = [{ table: { schema: 'public', name: 'numbers' }, column: 'n' }];
  await expect(rotateFields({ db, keyRing: now, columns: numbers })).rejects.toThrow(/is no text/);
  expect(await opened(ring('new'))).toEqual(accounts);
});

test('a refusal by PostgreSQL tells no value', async () => {
  await db.query(
    `ALTER TABLE ${sql.table} ADD CONSTRAINT no_new CHECK (${sql.column} NOT LIKE 'enc1:new%')`,
  );
  const error = await rotateFields({ db, keyRing: now, columns: [column] }).catch(
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('enc1:');
  expect(error).toMatchObject({ code: 'TOTHUB_SECURITY_STATEMENT', sqlState: '23514' });
});

test('a pool is refused', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  onTestFinished(() => pool.end());
  await expect(rotateFields({ db: pool, keyRing: now, columns: [column] })).rejects.toThrow(
    /needs one session/,
  );
});
