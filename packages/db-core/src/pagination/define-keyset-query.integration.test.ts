import { testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createDatabase, type Database } from '../database/create-database.ts';
import { CancelledError, UnexpectedResultError } from '../errors.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import type { KeysetType } from './column-type.ts';
import { defineKeysetQuery, type KeysetQuery, type PageInput } from './define-keyset-query.ts';
import type { KeysetColumn, Ordering } from './ordering.ts';

let db: Database;
let admin: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testDatabase();
  drop = database.drop;
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  // How dates are written by default must not matter.
  await admin.query(`ALTER DATABASE ${database.name} SET DateStyle = 'SQL, DMY'`);
  await admin.query(`ALTER DATABASE ${database.name} SET TimeZone = 'America/New_York'`);
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

test('shows each row that stays exactly once while others come and go between pages', async () => {
  await admin.query(
    `TRUNCATE item; INSERT INTO item (id, t) SELECT n, 'n' || n % 7 FROM generate_series(1, 60) n`,
  );
  const list = listBy({ sql: sql`item.t`, type: 'text' }, ID);
  const seen: number[] = [];
  let cursor: string | null = null;
  for (let turn = 0; turn === 0 || cursor !== null; turn++) {
    const page: Awaited<ReturnType<typeof list>> = await list(db, { limit: 7, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
    await admin.query('DELETE FROM item WHERE id = $1', [page.items.at(-1)?.id]);
    await admin.query(`INSERT INTO item (id, t) VALUES ($1, ''), ($2, 'n3')`, [
      1000 + turn,
      -turn - 1,
    ]);
  }
  const old = seen.filter((id) => id > 0 && id < 1000);
  expect(new Set(seen).size).toBe(seen.length);
  expect(old.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
  expect(seen.some((id) => id >= 1000)).toBe(false);
});

test('ends without a cursor on a last page that is full, and on an empty list', async () => {
  await admin.query('TRUNCATE item; INSERT INTO item (id) SELECT generate_series(1, 4)');
  const list = listBy(ID);
  const first = await list(db, { limit: 2 });
  const second = await list(db, { limit: 2, cursor: first.nextCursor });
  expect(second).toEqual({ items: [{ id: 3 }, { id: 4 }], nextCursor: null });
  await admin.query('TRUNCATE item');
  expect(await list(db, {})).toEqual({ items: [], nextCursor: null });
});

test('says that an ordering column has a NULL which is declared without', async () => {
  await admin.query('TRUNCATE item; INSERT INTO item (id) SELECT generate_series(1, 3)');
  const list = listBy({ sql: sql`item.t`, type: 'text' }, ID);
  await expect(list(db, { limit: 1 })).rejects.toThrow(UnexpectedResultError);
});

test('says that a row is too long for a cursor', async () => {
  await admin.query(
    `TRUNCATE item; INSERT INTO item (id, t) SELECT n, repeat('x', 9000) FROM generate_series(1, 3) n`,
  );
  const list = listBy({ sql: sql`item.t`, type: 'text' }, ID);
  await expect(list(db, { limit: 1 })).rejects.toThrow(
    'listItems: a row is too long in its ordering columns for a cursor. Order by shorter ones.',
  );
});

test('reads a page deep in the list as one short range of the index', async () => {
  await admin.query(`
    TRUNCATE item;
    INSERT INTO item (id, t, d, ts) SELECT n, 'n' || n, date '2026-01-01' + n % 300, timestamp '2026-01-01' + n * interval '1 hour'
      FROM generate_series(1, 20000) n;
    CREATE INDEX item_t ON item (t, id); CREATE INDEX item_d ON item (d DESC, id); CREATE INDEX item_ts ON item (ts, id);
    ANALYZE item`);
  const orders: readonly Ordering[] = [
    [{ sql: sql`item.t`, type: 'text' }, ID],
    [
      { sql: sql`item.t`, type: 'text', direction: 'desc' },
      { ...ID, direction: 'desc' },
    ],
    [{ sql: sql`item.d`, type: 'date', direction: 'desc' }, ID],
    [
      { sql: sql`item.ts`, type: 'timestamp', nullable: true, nulls: 'first', direction: 'desc' },
      { ...ID, direction: 'desc' },
    ],
  ];
  for (const order of orders) {
    const list = listBy(...order);
    let cursor = (await list(db, { limit: 100 })).nextCursor;
    for (let page = 0; page < 99; page++)
      cursor = (await list(db, { limit: 100, cursor })).nextCursor;
    const { text, values } = list.statement({ limit: 50, cursor });
    const { rows } = await admin.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [
      ...values,
    ]);
    const plan = rows[0]['QUERY PLAN'][0].Plan;
    expect(JSON.stringify(plan)).not.toMatch(/"Node Type":"(Seq Scan|Sort|Incremental Sort)"/);
    // 51 rows of an index and their heap pages, not the 10,000 rows in front of them.
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(150);
  }
});

test('is cancelled by its signal like any query', async () => {
  const signal = AbortSignal.abort();
  await expect(listBy(ID)(db, {}, { signal })).rejects.toThrow(CancelledError);
});

test('gives samples that reach every variant of the statement', async () => {
  await admin.query('TRUNCATE item');
  const list = listBy(
    { sql: sql`item.t`, type: 'text', nullable: true },
    { sql: sql`item.tz`, type: 'timestamptz', nullable: true, direction: 'desc' },
    { sql: sql`item.u`, type: 'uuid', direction: 'desc' },
    ID,
  );
  const samples = list.definition.samples as readonly PageInput[];
  const texts = samples.map((sample) => list.statement({ ...sample }).text);
  expect(new Set(texts).size).toBe(5);
  for (const sample of samples) expect((await list(db, { ...sample })).items).toEqual([]);
});
