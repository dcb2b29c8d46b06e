/** A table of sixty ciphertexts under three keys, with a hostile name and a composite key. */
import { randomBytes } from 'node:crypto';
import { type Queryable, quoteIdent } from '@tothub/db-catalog';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { decryptField, encryptField } from '../src/fields/encrypt-field.ts';
import type { FieldColumn } from '../src/fields/field-column.ts';
import { KeyRing } from '../src/keys/key-ring.ts';

export const all = new Map(['old', 'older', 'Old', 'new'].map((id) => [id, randomBytes(32)]));
export function ring(current: string, ids: readonly string[] = [...all.keys()]): KeyRing {
  const keys = new Map(ids.map((id) => [id, all.get(id) as Buffer]));
  const other = { current: 'x', keys: new Map([['x', all.get('old') as Buffer]]) };
  return new KeyRing({ pepper: other, encryption: { current, keys }, blindIndex: other });
}
export const now = ring('new');

export const table = { schema: 'public', name: 'st\'aff "x"' };
export const nasty = 'Ci"pher %s';
export const column: FieldColumn = {
  table,
  column: nasty,
  logicalName: { table: 'staff', column: 'account' },
};
export const sql = { table: quoteIdent(table.name), column: quoteIdent(nasty) };
export const contextOf = (a: string, b: string) => ({
  table: 'staff',
  column: 'account',
  key: { a, 'b c': b },
});

export let database: TestDatabase;
export let db: pg.Client;
export let other: pg.Client;

/** Sixty rows under three keys, one row without a value, in a table with a hostile name and a composite key. */
async function fill(): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const a = new Date(Date.UTC(2024, 0, 1 + (i >> 1))).toISOString().slice(0, 10);
    const b = i % 2 === 0 ? 'true' : 'false';
    const keyRing = ring(['old', 'older', 'Old'][i % 3] as string);
    return {
      a,
      b,
      ciphertext: encryptField(`account ${i}`, { keyRing, context: contextOf(a, b) }),
    };
  });
  await db.query(
    `CREATE TABLE ${sql.table} (a date, "b c" boolean, ${sql.column} text, note text, PRIMARY KEY (a, "b c"));
     INSERT INTO ${sql.table} (a, "b c") VALUES ('infinity', true)`,
  );
  await db.query(
    `INSERT INTO ${sql.table} SELECT * FROM unnest($1::date[], $2::boolean[], $3::text[])`,
    [rows.map(({ a }) => a), rows.map(({ b }) => b), rows.map(({ ciphertext }) => ciphertext)],
  );
}

export async function rowsOf() {
  const { rows } = await db.query(
    `SELECT to_char(a, 'YYYY-MM-DD') AS a, "b c"::text AS b, ${sql.column} AS ciphertext FROM ${sql.table}
     WHERE a < 'infinity' ORDER BY a, "b c" DESC`,
  );
  return rows as { a: string; b: string; ciphertext: string }[];
}

export const opened = async (keyRing: KeyRing) =>
  (await rowsOf()).map(({ a, b, ciphertext }) =>
    decryptField(ciphertext, { keyRing, context: contextOf(a, b) }),
  );
export const accounts = Array.from({ length: 60 }, (_, i) => `account ${i}`);
export const onlyNew = ring('new', ['new']);

/** The client, with something done just before each statement of a kind. */
export function intercepted(kind: RegExp, act: () => Promise<unknown>): Queryable {
  return {
    async query(text: string, values?: unknown[]) {
      if (kind.test(text)) await act();
      return db.query(text, values);
    },
  };
}

/** Makes the database before the tests of a file, and the table anew before each. */
export function useRotationDatabase(): void {
  beforeAll(async () => {
    database = await testDatabase();
    db = new pg.Client(database.url);
    other = new pg.Client(database.url);
    await Promise.all([db.connect(), other.connect()]);
  });

  afterAll(async () => {
    await Promise.all([db.end(), other.end()]);
    await database.drop();
  });

  beforeEach(async () => {
    await db.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await fill();
  });
}
