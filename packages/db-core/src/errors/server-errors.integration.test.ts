import { inspect } from 'node:util';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase } from '../database/create-database.ts';
import { executor } from '../database/database.ts';
import type { DatabaseError } from '../errors.ts';

/** What no error may hold: part of every value below. */
const SECRET = 'zq-secret-77431';

const server = await testDatabase();
const db = await createDatabase({ connectionString: server.url, maxConnections: 1 });

beforeAll(async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`
    CREATE TABLE parent (id text PRIMARY KEY);
    CREATE TABLE child (
      id text PRIMARY KEY,
      "e mail" text CONSTRAINT "the ""e-mail"" key" UNIQUE,
      parent_id text REFERENCES parent ON DELETE RESTRICT,
      name text NOT NULL DEFAULT 'n' CONSTRAINT short_name CHECK (length(name) < 40),
      n int,
      during int4range,
      CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&)
    );
    CREATE TYPE mood AS ENUM ('good');
    INSERT INTO parent VALUES ('${SECRET}');
    INSERT INTO child (id, "e mail", parent_id, during) VALUES ('1', '${SECRET}', '${SECRET}', '[1,5)');
    CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no: %', NEW.name USING DETAIL = NEW.name, HINT = NEW.name; END $$;
    CREATE FUNCTION dynamic(word text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN EXECUTE 'SELECT ''' || word || ''' || '; END $$;
    CREATE VIEW short AS SELECT id, name FROM child WHERE length(name) < 5 WITH CHECK OPTION;
    CREATE TABLE loud (name text);
    CREATE TRIGGER shout BEFORE INSERT ON loud FOR EACH ROW EXECUTE FUNCTION shout()`);
  await client.end();
});
afterAll(async () => {
  await db.close();
  await server.drop();
});

const LONG = `${SECRET}${'x'.repeat(40)}`;

test.each<[code: string, sqlstate: string[], fields: object, text: string, values: unknown[]]>([
  [
    'UNIQUE_VIOLATION',
    ['23505'],
    { constraint: 'the "e-mail" key', table: 'child', schema: 'public' },
    'INSERT INTO child (id, "e mail") VALUES ($1, $1)',
    [SECRET],
  ],
  [
    'FOREIGN_KEY_VIOLATION',
    ['23503'],
    { constraint: 'child_parent_id_fkey' },
    "INSERT INTO child (id, parent_id) VALUES ('x', $1)",
    [LONG],
  ],
  [
    'FOREIGN_KEY_VIOLATION',
    ['23503', '23001'],
    { constraint: 'child_parent_id_fkey' },
    'DELETE FROM parent WHERE id = $1',
    [SECRET],
  ],
  [
    'CHECK_VIOLATION',
    ['23514'],
    { constraint: 'short_name', table: 'child' },
    'INSERT INTO child (id, name) VALUES ($1, $1)',
    [LONG],
  ],
  [
    'NOT_NULL_VIOLATION',
    ['23502'],
    { column: 'name', table: 'child' },
    'INSERT INTO child (id, name) VALUES ($1, NULL)',
    [SECRET],
  ],
  [
    'EXCLUSION_VIOLATION',
    ['23P01'],
    { constraint: 'no_overlap' },
    "INSERT INTO child (id, during) VALUES ($1, '[2,3)')",
    [SECRET],
  ],
  ['INTEGRITY', ['44000'], {}, 'INSERT INTO short VALUES ($1, $1)', [SECRET]],
  ['VALUE_REJECTED', ['22P02'], {}, 'SELECT $1::text::int', [SECRET]],
  ['VALUE_REJECTED', ['22007'], {}, 'SELECT $1::text::date', [SECRET]],
  ['VALUE_REJECTED', ['22P02'], {}, 'SELECT $1::text::mood', [SECRET]],
  ['VALUE_REJECTED', ['22P02'], {}, 'SELECT $1::text::json', [`{"a": "${SECRET}`]],
  [
    'VALUE_REJECTED',
    ['22023', '22004', '2201B'],
    {},
    "SELECT regexp_replace('a', $1, 'b')",
    [`(${SECRET}`],
  ],
  ['VALUE_REJECTED', ['22012'], {}, 'SELECT 1 / (length($1) - length($1))', [SECRET]],
  ['RAISED', ['P0001'], {}, 'INSERT INTO loud VALUES ($1)', [SECRET]],
  ['STATEMENT_REJECTED', ['42601'], {}, 'SELECT dynamic($1)', [SECRET]],
  ['STATEMENT_REJECTED', ['42601'], {}, 'SELEC $1', [SECRET]],
  ['UNDEFINED_TABLE', ['42P01'], {}, 'SELECT $1::text FROM "no such"', [SECRET]],
  ['UNDEFINED_COLUMN', ['42703'], {}, 'SELECT nothing FROM child WHERE id = $1', [SECRET]],
  ['UNDEFINED_OBJECT', ['42883'], {}, 'SELECT no_such($1::text)', [SECRET]],
  [
    'OBJECT_STATE',
    ['55000'],
    {},
    "SELECT currval(pg_get_serial_sequence('s', 'id')) FROM (SELECT $1::text) AS x",
    [SECRET],
  ],
])('%s: %o', async (code, sqlstates, fields, text, values) => {
  if (code === 'OBJECT_STATE') {
    await run('CREATE TABLE IF NOT EXISTS s (id serial)', []).catch(() => {});
  }
  const error = (await run(text, values).catch((caught: unknown) => caught)) as DatabaseError;
  expect(error).toMatchObject({ code: `TOTHUB_CORE_${code}`, ...fields });
  expect(sqlstates).toContain(error.sqlstate);
  expect(error.message).toMatch(/^probe: /);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
  expect(JSON.stringify(error)).not.toContain(SECRET);
});

function run(text: string, values: readonly unknown[]) {
  return db[executor].execute({ name: 'probe', text, values, shape: null });
}
