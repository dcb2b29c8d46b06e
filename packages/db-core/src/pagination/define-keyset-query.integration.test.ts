import { testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createDatabase, type Database } from '../database/create-database.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import type { KeysetType } from './column-type.ts';
import { defineKeysetQuery, type KeysetQuery } from './define-keyset-query.ts';
import type { KeysetColumn, Ordering } from './ordering.ts';

let db: Database;
let admin: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testDatabase();
  drop = database.drop;
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`
    CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TABLE item (
      id int PRIMARY KEY,
      t text, c text COLLATE "C", ci text COLLATE nocase, b bool, i2 int2, i4 int4, i8 int8, f8 float8, n numeric,
      d date, ts timestamp, tz timestamptz, u uuid
    )`);
  db = await createDatabase({ connectionString: database.url });
});

afterAll(async () => {
  await db?.close();
  await admin?.end();
  await drop?.();
});

const row = z.object({ id: pgType.int4 });

function listBy(...order: Ordering): KeysetQuery<z.ZodObject, typeof row> {
  return defineKeysetQuery({
    name: 'listItems',
    input: z.object({}),
    row,
    order,
    sql: (_input, page) =>
      sql`SELECT item.id, ${page.cursor} FROM public.item WHERE ${page.after} ${page.orderByLimit}`,
    samples: [{}],
  });
}

const ID: KeysetColumn = { sql: sql`item.id`, type: 'int4' };

async function walk(list: KeysetQuery<z.ZodObject, typeof row>, limit: number): Promise<number[]> {
  const ids: number[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof list>> = await list(db, { limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map((item) => item.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

/** Few different values each, so that ties abound; the odd ones of every type are among them. */
const VALUES: Readonly<Record<string, { type: KeysetType; values: readonly string[] }>> = {
  t: {
    type: 'text',
    values: ['', 'a', 'A', 'ä', 'Ab', 'b', '"', "'", '\\', '\n', '🦊', '$1', '%'],
  },
  c: { type: 'text', values: ['', 'a', 'A', 'ä', 'z', '😀', '\u{ffff}'] },
  ci: { type: 'text', values: ['a', 'A', 'b', 'B', ''] },
  b: { type: 'bool', values: ['true', 'false'] },
  i2: { type: 'int2', values: ['-32768', '0', '32767'] },
  i4: { type: 'int4', values: ['-2147483648', '0', '7', '2147483647'] },
  i8: { type: 'int8', values: ['-9223372036854775808', '9007199254740993', '9007199254740992'] },
  f8: {
    type: 'float8',
    values: ['NaN', 'Infinity', '-Infinity', '0', '-0', '0.1', '0.30000000000000004', '5e-324'],
  },
  n: {
    type: 'numeric',
    values: ['NaN', 'Infinity', '-Infinity', '1', '1.0', '0.00000000000000000001', '1e30'],
  },
  d: {
    type: 'date',
    values: ['2026-01-31', 'infinity', '-infinity', '0044-03-15 BC', '10000-01-01'],
  },
  ts: {
    type: 'timestamp',
    values: [
      '2026-01-01 10:00:00.000001',
      '2026-01-01 10:00:00.000002',
      '2026-01-01 10:00',
      'infinity',
      '0044-03-15 01:02:03.4 BC',
    ],
  },
  tz: {
    type: 'timestamptz',
    values: [
      '2026-01-01 10:00:00.000001+00',
      '2026-01-01 12:00:00.000001+02',
      '1800-01-01 10:00+00',
      '-infinity',
      '0044-03-15 01:02:03.4+00 BC',
      '123456-01-01 00:00+00',
    ],
  },
  u: {
    type: 'uuid',
    values: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  },
};

const orderedColumn = fc.record({
  column: fc.constantFrom(...Object.keys(VALUES)),
  direction: fc.constantFrom('asc', 'desc'),
  nullable: fc.boolean(),
  nulls: fc.constantFrom('first', 'last'),
});

const scenario = fc.record({
  columns: fc.uniqueArray(orderedColumn, { selector: (one) => one.column, maxLength: 3 }),
  idDirection: fc.constantFrom('asc', 'desc'),
  picks: fc.array(fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), { maxLength: 25 }),
  limit: fc.integer({ min: 1, max: 6 }),
  session: fc.constantFrom("DateStyle = 'German'", "TimeZone = 'America/New_York'", 'jit = off'),
});

test('walks exactly the sorted table, for any order over any types, ties and NULLs', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ columns, idDirection, picks, limit }) => {
      await admin.query('TRUNCATE item');
      for (const [id, pick] of picks.entries()) {
        const values = columns.map(({ column, nullable }, at) => {
          const all = VALUES[column]?.values ?? [];
          const chosen = (pick[at] ?? 0) % (all.length + (nullable ? 1 : 0));
          return all[chosen] ?? null;
        });
        const names = ['id', ...columns.map((one) => one.column)];
        await admin.query(
          `INSERT INTO item (${names.join(', ')}) VALUES (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
          [id, ...values],
        );
      }
      const order = columns.map(({ column, direction, nullable, nulls }): KeysetColumn => {
        const type = VALUES[column]?.type as KeysetType;
        const named = sql`item.${sql.identifier([column])}`;
        return {
          sql: named,
          type,
          direction: direction as 'asc',
          nullable,
          nulls: nulls as 'last',
        };
      });
      const list = listBy(...(order as [KeysetColumn]), { ...ID, direction: idDirection as 'asc' });
      const terms = columns.map(({ column, direction, nullable, nulls }) =>
        nullable ? `${column} ${direction} NULLS ${nulls}` : `${column} ${direction}`,
      );
      const sorted = await admin.query<{ id: number }>(
        `SELECT id FROM item ORDER BY ${[...terms, `id ${idDirection}`].join(', ')}`,
      );
      expect(await walk(list, limit)).toEqual(sorted.rows.map(({ id }) => id));
    }),
    { numRuns: 150 },
  );
});
