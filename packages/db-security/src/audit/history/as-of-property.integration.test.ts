/** Random sequences of changes, and after each of them the table as it is: asOf must tell every one of these moments. */
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { db, useDatabase } from '../../../test/own-database.ts';
import { enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { type AsOfOptions, asOf } from './as-of.ts';
import type { AsOfRow } from './as-of-row.ts';
import type { AuditMoment } from './audit-moment.ts';

const T = { schema: 'app', name: 't' };

useDatabase();

beforeEach(async () => {
  await db.query('DROP SCHEMA IF EXISTS app, audit CASCADE; CREATE SCHEMA app');
  await installAudit(db);
});

/** The present moment by the server's clock. */
async function now(): Promise<string> {
  const { rows } = await db.query('SELECT clock_timestamp()::text AS at');
  return rows[0].at;
}

async function rowsAt(moment: AuditMoment, options: AsOfOptions = {}): Promise<AsOfRow[]> {
  await using then = await asOf(db, T, moment, options);
  const rows: AsOfRow[] = [];
  for await (const row of then.rows) rows.push(row);
  return rows;
}

async function audited(sql: string): Promise<void> {
  await db.query(sql);
  await enableAudit(db, T);
}

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
  fc.record({
    kind: fc.constant('trade' as const),
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
    case 'trade':
      // Two statements, between which two rows have one key.
      return [
        `DO $$ DECLARE moved tid; BEGIN SET CONSTRAINTS ALL DEFERRED;
           UPDATE app.t SET id = ${each.to} WHERE id = ${each.id} RETURNING ctid INTO moved;
           UPDATE app.t SET id = ${each.id} WHERE id = ${each.to} AND ctid IS DISTINCT FROM moved; END $$`,
        [],
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
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
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
        expect(told.every(({ isProven }) => isProven)).toBe(true);
        const key = rows[0]?.[0] ?? 5;
        const one = await rowsAt(at, { key: [String(key)] });
        expect(one.map(({ values }) => [Number(values.id), values.a, values.b])).toEqual(
          rows.filter(([id]) => id === key),
        );
      }
    }),
    { numRuns: 12 },
  );
});

test('of a table without a key too', { timeout: 60_000 }, async () => {
  await audited('CREATE TABLE app.t (a text, b text)');
  const value = fc.constantFrom('x', 'y', 'null', null);
  const kinds = fc.constantFrom('insert', 'update', 'update one', 'delete', 'double');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(kinds, value, value), { maxLength: 8 }), async (changes) => {
      await db.query('DELETE FROM app.t');
      const snapshots: { at: string; rows: string[] }[] = [];
      for (const [kind, a, b] of changes) {
        if (kind === 'insert') await db.query('INSERT INTO app.t VALUES ($1, $2)', [a, b]);
        else if (kind === 'double') await db.query('INSERT INTO app.t SELECT * FROM app.t LIMIT 5');
        else if (kind === 'delete') await db.query('DELETE FROM app.t WHERE a = $1', [a]);
        else {
          const some =
            kind === 'update' ? 'a = $1' : 'ctid = (SELECT min(ctid) FROM app.t WHERE a = $1)';
          await db.query(`UPDATE app.t SET b = $2 WHERE ${some}`, [a, b]);
        }
        const { rows } = await db.query('SELECT a, b FROM app.t');
        snapshots.push({ at: await now(), rows: rows.map((row) => JSON.stringify(row)).sort() });
      }
      for (const { at, rows } of snapshots) {
        const told = await rowsAt(at);
        expect(told.map(({ values }) => JSON.stringify(values)).sort()).toEqual(rows);
        expect(told.flatMap(({ doubts }) => doubts)).toEqual([]);
      }
    }),
    { numRuns: 12 },
  );
});
