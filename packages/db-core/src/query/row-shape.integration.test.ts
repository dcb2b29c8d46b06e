import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createDatabase, type Database } from '../database/create-database.ts';
import { executor } from '../database/database.ts';
import { UnexpectedResultError } from '../errors.ts';
import { defineQuery } from './define-query.ts';
import { pgType } from './pg-type.ts';
import { sql } from './sql.ts';

const server = await testDatabase();
const run = (db: Database, text: string) =>
  db[executor].withSession((session) => session.command(text));
let db: Database;

beforeAll(async () => {
  db = await createDatabase({ connectionString: server.url });
  await run(db, "CREATE TYPE mood AS ENUM ('sad', 'glad')");
  await run(db, 'CREATE DOMAIN email AS text');
});
afterAll(async () => {
  await db.close();
  await server.drop();
});

function ask(text: string, row: z.ZodObject) {
  const query = defineQuery({
    name: 'listAccounts',
    access: 'read',
    input: z.object({}),
    row,
    rows: 'many',
    sql: () => sql.join([], sql``) && { ...sql``, sql: text, values: [] },
    samples: [{}],
  });
  return query(db, {});
}

const account = z.object({
  id: pgType.int4,
  balance: pgType.numeric,
  note: pgType.text.nullable(),
});

describe('the columns of an answer', () => {
  it('may come in any order, as varchar for text, and as a domain or an enum', async () => {
    const row = z.object({
      note: pgType.text,
      mail: pgType.text,
      mood: pgType.enum(['sad', 'glad']),
    });
    expect(
      await ask("SELECT 'glad'::mood AS mood, 'a@b'::email AS mail, 'n'::varchar(9) AS note", row),
    ).toEqual([{ mood: 'glad', mail: 'a@b', note: 'n' }]);
  });

  it('are named when they drift, even without a row', async () => {
    await expect(
      ask("SELECT 1 AS id, '1'::text AS balance, 'x'::text AS extra WHERE false", account),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UnexpectedResultError: listAccounts found other columns than it declares: balance: numeric → text; column extra is not declared; column note is missing. Bring the query and the schema of the database together.]`,
    );
    await expect(
      ask('SELECT 1 AS id, 1 AS id, 1::numeric AS balance, NULL AS note WHERE false', account),
    ).rejects.toThrow('listAccounts found other columns than it declares: column id comes twice');
    await expect(
      ask("SELECT 'sad'::text AS m", z.object({ m: pgType.enum(['sad']) })),
    ).rejects.toThrow('m: enum → text');
    await expect(ask("SELECT 'sad'::mood AS m", z.object({ m: pgType.text }))).rejects.toThrow(
      /m: text → a type of the database \(\d+\)/,
    );
  });
});

describe('the rows of an answer', () => {
  it('are refused by column and row, without the value', async () => {
    const text = `SELECT g AS id, 1::numeric AS balance, NULL::text AS note FROM generate_series(1, 3) g`;
    expect(await ask(text, account)).toHaveLength(3);
    const strict = z.object({ ...account.shape, note: pgType.text });
    await expect(ask(text, strict)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UnexpectedResultError: listAccounts found values that it does not declare: row 1 of 3, column note (invalid_type). Correct these rows, or let the query declare them.]`,
    );
    const secret = z.object({ x: z.literal('other') });
    const failure = ask("SELECT 'hunter2' AS x", secret);
    await expect(failure).rejects.toThrow(UnexpectedResultError);
    await expect(failure).rejects.not.toThrow('hunter2');
  });

  it('are the very rows of the driver, not copies with keys left out', async () => {
    const rows = await ask("SELECT 1 AS id, 1::numeric AS balance, 'n' AS note", account);
    expect(rows).toEqual([{ id: 1, balance: '1', note: 'n' }]);
  });
});

describe('a table that changes under a prepared statement', () => {
  const listItems = defineQuery({
    name: 'listItems',
    access: 'read',
    input: z.object({}),
    row: z.object({ v: pgType.int4 }),
    rows: 'many',
    sql: () => sql`SELECT v FROM item`,
    samples: [{}],
  });

  it('is noticed at the next call', async () => {
    const one = await createDatabase({ connectionString: server.url, maxConnections: 1 });
    await run(one, 'CREATE TABLE item AS SELECT 1 AS v');
    for (let i = 0; i < 3; i++) expect(await listItems(one, {})).toEqual([{ v: 1 }]);
    await run(one, 'ALTER TABLE item ALTER v TYPE text');
    await expect(listItems(one, {})).rejects.toThrow('v: int4 → text');
    await run(one, 'ALTER TABLE item ALTER v TYPE int USING v::int');
    expect(await listItems(one, {})).toEqual([{ v: 1 }]);
    await one.close();
  });
});
