import { testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import pg from 'pg';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EnableAuditOptions, enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { type AsOfOptions, asOf } from './as-of.ts';
import type { AsOfRow } from './as-of-row.ts';
import type { AuditMoment } from './audit-moment.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
const T = { schema: 'app', name: 't' };

beforeAll(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  await db.connect();
  await installAudit(db);
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

beforeEach(async () => {
  await db.query('DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app');
});

/** The present moment by the server's clock, with a change of it before and after. */
async function now(): Promise<string> {
  const { rows } = await db.query('SELECT pg_sleep(0.002), clock_timestamp()::text AS at');
  await db.query('SELECT pg_sleep(0.002)');
  return rows[0].at;
}

async function rowsAt(moment: AuditMoment, options: AsOfOptions = {}): Promise<AsOfRow[]> {
  await using then = await asOf(db, T, moment, options);
  const rows: AsOfRow[] = [];
  for await (const row of then.rows) rows.push(row);
  return rows;
}

async function limitsAt(moment: AuditMoment): Promise<string[]> {
  await using then = await asOf(db, T, moment);
  return then.limits.map(({ message }) => message.replaceAll(/\d{4}-[\dT:.-]+Z/g, '<time>'));
}

async function audited(sql: string, options: EnableAuditOptions = {}): Promise<void> {
  await db.query(sql);
  await enableAudit(db, T, options);
}

describe('asOf', () => {
  test('tells updated, deleted and inserted rows, and proves them', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, ok int)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x', 1), (2, NULL, 0), (4, 'z, "q"', NULL)`);
    await db.query(`UPDATE app.t SET a = 'y' WHERE id = 1`);
    const then = await now();
    await db.query(
      `UPDATE app.t SET a = 'changed', ok = NULL WHERE id = 1; UPDATE app.t SET ok = 1 WHERE id = 1`,
    );
    await db.query(`DELETE FROM app.t WHERE id = 2; INSERT INTO app.t VALUES (3, 'new', 1)`);
    const rows = await rowsAt(then);
    expect(rows.map(({ values }) => values)).toEqual([
      { id: '1', a: 'y', ok: '1' },
      { id: '2', a: null, ok: '0' },
      { id: '4', a: 'z, "q"', ok: null },
    ]);
    expect(rows.map(({ doubts, unknown }) => ({ doubts, unknown }))).toEqual(
      rows.map(() => ({ doubts: [], unknown: {} })),
    );
    expect(await limitsAt(then)).toEqual([]);
  });
});

type Row = readonly [id: number, a: string | null, b: string | null];

/** One change: of rows by their place, so that it always finds some. */
const change = fc.oneof(
  fc.record({
    kind: fc.constant('insert' as const),
    id: fc.integer({ min: 1, max: 8 }),
    a: fc.constantFrom('x', 'y', '', null),
  }),
  fc.record({
    kind: fc.constant('update' as const),
    id: fc.integer({ min: 1, max: 8 }),
    a: fc.constantFrom('x', 'é"\\,', null),
  }),
  fc.record({
    kind: fc.constant('rekey' as const),
    id: fc.integer({ min: 1, max: 8 }),
    to: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({
    kind: fc.constant('swap' as const),
    id: fc.integer({ min: 1, max: 8 }),
    to: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({ kind: fc.constant('shift' as const) }),
  fc.record({ kind: fc.constant('delete' as const), id: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant('clear' as const) }),
);

function toSql(each: typeof change extends fc.Arbitrary<infer C> ? C : never): [string, unknown[]] {
  switch (each.kind) {
    case 'insert':
      return [
        'INSERT INTO app.t SELECT $1::int, $2, $1::text WHERE NOT EXISTS (SELECT FROM app.t WHERE id = $1::int)',
        [each.id, each.a],
      ];
    case 'update':
      return ['UPDATE app.t SET a = $2 WHERE id = $1::int', [each.id, each.a]];
    case 'rekey':
      return [
        'UPDATE app.t SET id = $2::int WHERE id = $1::int AND NOT EXISTS (SELECT FROM app.t WHERE id = $2::int)',
        [each.id, each.to],
      ];
    case 'swap':
      return [
        'UPDATE app.t SET id = $1::int + $2::int - id WHERE id IN ($1::int, $2::int)',
        [each.id, each.to],
      ];
    case 'shift':
      return ['UPDATE app.t SET id = id % 8 + 1', []];
    case 'delete':
      return ['DELETE FROM app.t WHERE id = $1', [each.id]];
    case 'clear':
      return ['DELETE FROM app.t', []];
  }
}

test('whatever was done to a table, every moment of it is told as it was', {
  timeout: 60_000,
}, async () => {
  await audited('CREATE TABLE app.t (id int, a text, b text, PRIMARY KEY (id) DEFERRABLE)');
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      await db.query(`DELETE FROM app.t`);
      await db.query(`INSERT INTO app.t SELECT n, 'x', n FROM generate_series(1, 6, 2) AS n`);
      const snapshots: { at: string; rows: Row[] }[] = [];
      for (const each of changes) {
        await db.query(...toSql(each));
        const { rows } = await db.query({
          text: 'SELECT id, a, b FROM app.t ORDER BY id',
          rowMode: 'array',
        });
        snapshots.push({ at: await now(), rows: rows as unknown as Row[] });
      }
      for (const { at, rows } of snapshots) {
        const told = await rowsAt(at);
        expect(
          told
            .map(({ values }) => [Number(values.id), values.a, values.b])
            .sort((a, b) => Number(a[0]) - Number(b[0])),
        ).toEqual(rows);
        expect(told.flatMap(({ doubts }) => doubts)).toEqual([]);
        const key = rows[0]?.[0] ?? 5;
        const one = await rowsAt(at, { key: [String(key)] });
        expect(one.map(({ values }) => [Number(values.id), values.a, values.b])).toEqual(
          rows.filter(([id]) => id === key),
        );
      }
    }),
    { numRuns: 25 },
  );
});
