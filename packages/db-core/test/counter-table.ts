/** A table with one number in each row, for the tests of transactions. */
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { z } from 'zod';
import { defineQuery } from '../src/query/define-query.ts';
import { pgType } from '../src/query/pg-type.ts';
import { sql } from '../src/query/sql.ts';

/** A database with `counter (id int PRIMARY KEY, n int)`, and row 1 with 0 in it. */
export async function databaseWithCounter(): Promise<TestDatabase> {
  const database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL CHECK (n >= 0));
     INSERT INTO counter VALUES (1, 0)`,
  );
  await client.end();
  return database;
}

const id = z.int();

export const getNumber = defineQuery({
  name: 'getNumber',
  access: 'read',
  input: z.object({ id }),
  row: z.object({ n: pgType.int4 }),
  rows: 'maybeOne',
  sql: (input) => sql`SELECT n FROM public.counter WHERE id = ${input.id}`,
  samples: [{ id: 1 }],
});

export const setNumber = defineQuery({
  name: 'setNumber',
  access: 'write',
  input: z.object({ id, n: z.int() }),
  row: null,
  rows: 'none',
  sql: (input) => sql`UPDATE public.counter SET n = ${input.n} WHERE id = ${input.id}`,
  samples: [{ id: 1, n: 1 }],
});

export const addCounter = defineQuery({
  name: 'addCounter',
  access: 'write',
  input: z.object({ id, n: z.int() }),
  row: null,
  rows: 'none',
  sql: (input) => sql`INSERT INTO public.counter VALUES (${input.id}, ${input.n})`,
  samples: [{ id: 2, n: 0 }],
});

export const getSession = defineQuery({
  name: 'getSession',
  access: 'read',
  input: z.object({}),
  row: z.object({
    pid: pgType.int4,
    isolation: pgType.text,
    readOnly: pgType.text,
    deferrable: pgType.text,
    statementTimeout: pgType.text,
    lockTimeout: pgType.text,
  }),
  rows: 'one',
  sql: () => sql`
    SELECT pg_backend_pid() AS pid,
      current_setting('transaction_isolation') AS isolation,
      current_setting('transaction_read_only') AS "readOnly",
      current_setting('transaction_deferrable') AS deferrable,
      current_setting('statement_timeout') AS "statementTimeout",
      current_setting('lock_timeout') AS "lockTimeout"`,
  samples: [{}],
});

export const sleep = defineQuery({
  name: 'sleep',
  access: 'read',
  input: z.object({ seconds: z.number() }),
  row: null,
  rows: 'none',
  sql: ({ seconds }) => sql`SELECT pg_sleep(${seconds})`,
  samples: [{ seconds: 0 }],
});
