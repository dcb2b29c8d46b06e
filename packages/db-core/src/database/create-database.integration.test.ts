import { testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UniqueViolationError } from '../errors.ts';
import { defineQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import { createDatabase, type Database } from './create-database.ts';
import { executor } from './database.ts';

const server = await testDatabase();
let db: Database;

beforeAll(async () => {
  db = await createDatabase({ connectionString: server.url, maxConnections: 1 });
  await db[executor].withSession(async (session) => {
    await session.command('CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE)');
    await session.command("INSERT INTO person VALUES (1, 'a@example.org')");
  });
});
afterAll(async () => {
  await db.close();
  await server.drop();
});

const getPid = defineQuery({
  name: 'getPid',
  access: 'read',
  input: z.object({}),
  row: z.object({ pid: pgType.int4 }),
  rows: 'one',
  sql: () => sql`SELECT pg_backend_pid() AS pid`,
  samples: [{}],
});

const addPerson = defineQuery({
  name: 'addPerson',
  access: 'write',
  input: z.object({ id: z.int(), email: z.string() }),
  row: null,
  rows: 'none',
  sql: ({ id, email }) => sql`INSERT INTO person VALUES (${id}, ${email})`,
  samples: [{ id: 1, email: 'x' }],
});

describe('an error of a statement', () => {
  it('does not cost the connection', async () => {
    const { pid } = await getPid(db, {});
    await expect(addPerson(db, { id: 1, email: 'b' })).rejects.toThrow(UniqueViolationError);
    await expect(addPerson(db, { id: 2, email: 'a@example.org' })).rejects.toThrow(
      UniqueViolationError,
    );
    expect(await getPid(db, {})).toEqual({ pid });
    expect(await addPerson(db, { id: 2, email: 'b' })).toBe(1);
  });
});
