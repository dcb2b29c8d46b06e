import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pgbouncerBinary, startPgbouncer } from '@tothub/db-testkit';
import { testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createDatabase, type Database } from '../database/create-database.ts';
import { executor, type ReadDatabase } from '../database/database.ts';
import {
  CancelledError,
  DatabaseError,
  InvalidInputError,
  StatementCancelledError,
  UnexpectedResultError,
  ValueRejectedError,
} from '../errors.ts';
import { defineQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import { withTransaction } from '../transaction/with-transaction.ts';
import { streamRows } from './stream-rows.ts';

let url: string;
let db: Database;
let admin: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testDatabase();
  ({ drop, url } = database);
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`
    CREATE TABLE entry AS SELECT n AS id, 'entry ' || n AS name, now() AS at FROM generate_series(1, 5000) n`);
  // One connection: one that is not given back, or not usable, is noticed by what comes next.
  db = await createDatabase({ connectionString: url, maxConnections: 1 });
});

afterAll(async () => {
  await db?.close();
  await admin?.end();
  await drop?.();
});

const listEntries = defineQuery({
  name: 'listEntries',
  access: 'read',
  input: z.object({ from: z.int(), to: z.int() }),
  row: z.object({ id: pgType.int4, name: pgType.text, at: pgType.timestamptz }),
  rows: 'many',
  sql: ({ from, to }) =>
    sql`SELECT id, name, at FROM entry WHERE id BETWEEN ${from} AND ${to} ORDER BY id`,
  samples: [{ from: 1, to: 2 }],
});

/** A query of ids whose expression is given. */
function ids(expression: string, count = 5_000) {
  const text = `SELECT (${expression})::int AS id FROM generate_series(1, ${count}) n`;
  return defineQuery({
    name: 'ids',
    access: 'read',
    input: z.object({}),
    row: z.object({ id: pgType.int4 }),
    rows: 'many',
    sql: () => ({ ...sql``, sql: text }),
    samples: [{}],
  });
}

async function pid(of: ReadDatabase): Promise<unknown> {
  const statement = {
    name: 'pid',
    text: 'SELECT pg_backend_pid() AS pid',
    values: [],
    shape: null,
  };
  return (await of[executor].execute(statement)).rows[0];
}

/** Checks that what happens in `use` leaves the one connection in place and in working order. */
async function keepsConnection(use: () => Promise<void>): Promise<void> {
  const before = await pid(db);
  await use();
  expect(await pid(db)).toEqual(before);
  const { rows } = await admin.query(
    `SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid = $1`,
    [(before as { pid: number }).pid],
  );
  expect(rows).toEqual([{ state: 'idle' }]);
}

async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

test('streams the same rows as the query gives, whatever the size of a batch', async () => {
  const range = fc.record({
    from: fc.integer({ min: -5, max: 50 }),
    to: fc.integer({ min: -5, max: 50 }),
  });
  await fc.assert(
    fc.asyncProperty(range, fc.integer({ min: 1, max: 60 }), async (input, batchSize) => {
      const streamed = await collect(streamRows(db, listEntries, input, { batchSize }));
      expect(streamed).toEqual(await listEntries(db, input));
    }),
    { numRuns: 40 },
  );
});

test('fetches a batch only when the loop asks for it', async () => {
  const made: number[] = [];
  const times = ids(`extract(epoch FROM clock_timestamp() - date_trunc('hour', now())) * 1000`);
  for await (const { id } of streamRows(db, times, {}, { batchSize: 100 })) {
    made.push(id);
    if (made.length === 100) await pause(200);
    if (made.length === 101) break;
  }
  expect((made[100] ?? 0) - (made[99] ?? 0)).toBeGreaterThanOrEqual(200);
});

test('gives the connection back on break, on return and on an error of the loop', async () => {
  const all = { from: 1, to: 5_000 };
  await keepsConnection(async () => {
    for await (const { id } of streamRows(db, listEntries, all)) if (id === 1_500) break;
  });
  await keepsConnection(async () => {
    const rows = streamRows(db, listEntries, all);
    await rows.next();
    await rows.return();
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });
  await keepsConnection(async () => {
    const loop = async () => {
      for await (const { id } of streamRows(db, listEntries, all))
        if (id === 7) throw new TypeError('mine');
    };
    await expect(loop()).rejects.toThrow(new TypeError('mine'));
  });
  await keepsConnection(async () => {
    const rows = streamRows(db, listEntries, all);
    await rows.next();
    await expect(rows.throw(new TypeError('mine'))).rejects.toThrow(new TypeError('mine'));
  });
});

test('does nothing until it is asked for a row', async () => {
  const rows = streamRows(db, listEntries, { from: 1, to: 3 });
  await keepsConnection(async () => {});
  await rows.return();
});

test('throws the error of the server after the rows before it', async () => {
  await keepsConnection(async () => {
    const seen: number[] = [];
    const loop = async () => {
      for await (const { id } of streamRows(db, ids('n / (2500 - n)'), {}, { batchSize: 1_000 }))
        seen.push(id);
    };
    await expect(loop()).rejects.toThrow(ValueRejectedError);
    expect(seen).toHaveLength(2_000);
  });
});

test('checks every batch against the row of the query', async () => {
  await keepsConnection(async () => {
    const seen: number[] = [];
    const loop = async () => {
      for await (const { id } of streamRows(db, ids('nullif(n, 2500)'), {}, { batchSize: 1_000 }))
        seen.push(id);
    };
    await expect(loop()).rejects.toThrow(UnexpectedResultError);
    expect(seen).toHaveLength(2_000);
  });
});

test('refuses an input that does not fit, and a size of batch that is none', async () => {
  await expect(collect(streamRows(db, listEntries, { from: 0.5, to: 1 }))).rejects.toThrow(
    InvalidInputError,
  );
  for (const batchSize of [0, -1, 1.5, Number.NaN, '7; DROP TABLE entry' as never]) {
    const rows = streamRows(db, listEntries, { from: 1, to: 2 }, { batchSize });
    await expect(rows.next()).rejects.toThrow(RangeError);
  }
});

test('cancels on the server what it fetches when its signal says so', async () => {
  await keepsConnection(async () => {
    const slow = ids('CASE WHEN n < 10 THEN n WHEN pg_sleep(60) IS NULL THEN n END');
    const signal = AbortSignal.timeout(100);
    const error = await collect(streamRows(db, slow, {}, { signal, batchSize: 5 })).catch(
      (e: unknown) => e,
    );
    expect(error instanceof CancelledError || error instanceof StatementCancelledError).toBe(true);
  });
});

test('ends before the next batch when its signal has spoken in the loop', async () => {
  await keepsConnection(async () => {
    const controller = new AbortController();
    let seen = 0;
    const loop = async () => {
      const options = { signal: controller.signal, batchSize: 10 };
      for await (const _row of streamRows(db, listEntries, { from: 1, to: 100 }, options)) {
        seen++;
        if (seen === 15) controller.abort();
      }
    };
    await expect(loop()).rejects.toThrow(CancelledError);
    expect(seen).toBe(20);
  });
});

test('may be left by break after its signal has spoken', async () => {
  await keepsConnection(async () => {
    const controller = new AbortController();
    const all = { from: 1, to: 100 };
    const rows = streamRows(db, listEntries, all, { signal: controller.signal });
    for await (const _row of rows) {
      controller.abort();
      break;
    }
    await withTransaction(db, {}, async (tx) => {
      const later = new AbortController();
      for await (const _row of streamRows(tx, listEntries, all, { signal: later.signal })) {
        later.abort();
        break;
      }
    });
  });
});

test('tells of a loop that took too long over a batch, and the pool goes on', async () => {
  const loop = async () => {
    for await (const _row of streamRows(
      db,
      listEntries,
      { from: 1, to: 10 },
      { batchSize: 5, pauseMs: 50 },
    )) {
      await pause(100);
    }
  };
  await expect(loop()).rejects.toThrow(DatabaseError);
  expect(await listEntries(db, { from: 1, to: 1 })).toHaveLength(1);
});

test('lets other statements run between two rows of a transaction, and is part of it', async () => {
  await keepsConnection(async () => {
    await withTransaction(db, { isolation: 'repeatable read' }, async (tx) => {
      for await (const { id } of streamRows(
        tx,
        listEntries,
        { from: 1, to: 30 },
        { batchSize: 10 },
      )) {
        const name = `seen ${id}`;
        const text = 'UPDATE entry SET name = $1 WHERE id = $2';
        await tx[executor].execute({ name: 'see', text, values: [name, id], shape: null });
        if (id === 25) break;
      }
      const cursors = {
        name: 'cursors',
        text: `SELECT name FROM pg_cursors WHERE name <> ''`,
        values: [],
        shape: null,
      };
      expect((await tx[executor].execute(cursors)).rows).toEqual([]);
    });
    const { rows } = await admin.query(
      `SELECT count(*)::int AS seen FROM entry WHERE name LIKE 'seen %'`,
    );
    expect(rows).toEqual([{ seen: 25 }]);
  });
});

test('streams two queries at once in one transaction', async () => {
  await withTransaction(db, { readOnly: true }, async (tx) => {
    const left = streamRows(tx, ids('n', 25), {}, { batchSize: 10 });
    const right = streamRows(tx, ids('-n', 25), {}, { batchSize: 7 });
    for await (const { id } of left) expect((await right.next()).value).toEqual({ id: -id });
    expect((await right.next()).done).toBe(true);
  });
});

test('holds no more than a batch in memory', async () => {
  const wide = defineQuery({
    name: 'wide',
    access: 'read',
    input: z.object({}),
    row: z.object({ id: pgType.int4, text: pgType.text }),
    rows: 'many',
    sql: () =>
      sql`SELECT n AS id, repeat(md5(n::text), 32) AS text FROM generate_series(1, 100000) n`,
    samples: [{}],
  });
  let rows = 0;
  let early = 0;
  for await (const _row of streamRows(db, wide, {})) {
    rows++;
    if (rows === 10_500) early = heapUsed();
    // All rows so far are more than 80 MB of text.
    if (rows === 90_500) expect(heapUsed() - early).toBeLessThan(10_000_000);
  }
  expect(rows).toBe(100_000);
});

/** Bytes that are in use, without what is only waiting to be collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

describe.skipIf(pgbouncerBinary() === undefined)('behind a pooler by transactions', () => {
  test('streams on its own and in a transaction, several at once', async () => {
    await using pooler = await startPgbouncer({ url, settings: { default_pool_size: 3 } });
    const pooled = await createDatabase({ connectionString: pooler.url, maxConnections: 6 });
    const input = { from: 1, to: 500 };
    const streams = Array.from({ length: 6 }, () =>
      collect(streamRows(pooled, listEntries, input, { batchSize: 50 })),
    );
    for (const rows of await Promise.all(streams)) expect(rows).toHaveLength(500);
    await withTransaction(pooled, {}, async (tx) => {
      expect(await collect(streamRows(tx, listEntries, input, { batchSize: 50 }))).toHaveLength(
        500,
      );
    });
    await pooled.close();
  });
});
