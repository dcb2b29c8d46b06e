/** A database with a table to mask, a role that may read the views and one that may not. */
import { randomBytes } from 'node:crypto';
import { quoteIdent } from '@tothub/db-catalog';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { MaskedTable } from '../src/masking/mask.ts';

export let database: TestDatabase;
export let db: pg.Client;
/** A session of the analyst's. */
export let reader: pg.Client;

export const schema = 'masked';
/** Roles belong to the server, so each file of tests has its own. */
const suffix = randomBytes(4).toString('hex');
export const analyst = `masking analyst "${suffix}"`;
export const outsider = `masking outsider ${suffix}`;
export const inPublic = (name: string) => ({ schema: 'public', name });
export const staff: MaskedTable = {
  table: inPublic('staff'),
  columns: {
    id: 'pass',
    name: 'initials',
    email: 'email-domain',
    account: { last: 4 },
    born: 'year',
    pay: { band: 500 },
  },
  unnamed: 'omit',
};
export const options = () => ({ db, schema, tables: [staff], grantTo: [analyst] });
export const read = async (sql: string) => (await reader.query(sql)).rows;

/** The same, with the roles' suffix as N. */
export const unsuffixed = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll(suffix, 'N'));

/** Makes the database before the tests of a file, and the tables and rows anew before each. */
export function useMaskingDatabase(): void {
  beforeAll(async () => {
    database = await testDatabase();
    db = new pg.Client(database.url);
    reader = new pg.Client(database.url);
    await Promise.all([db.connect(), reader.connect()]);
    for (const role of [analyst, outsider]) await db.query(`CREATE ROLE ${quoteIdent(role)}`);
  });

  afterAll(async () => {
    await Promise.all([reader.end(), db.query('RESET ALL')]);
    for (const role of [analyst, outsider]) {
      await db.query(`DROP OWNED BY ${quoteIdent(role)}; DROP ROLE ${quoteIdent(role)}`);
    }
    await db.end();
    await database.drop();
  });

  beforeEach(async () => {
    await reader.query('RESET ROLE; RESET search_path');
    await db.query(`DROP SCHEMA IF EXISTS masked, evil CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;
      GRANT USAGE ON SCHEMA public TO PUBLIC;
      CREATE TABLE staff (id int PRIMARY KEY, name text, email text, account text, born date, pay numeric, ssn text, site text);
      INSERT INTO staff VALUES
        (1, 'Ada  M. Love', 'Ada@Mail.Example.ORG', 'DE89370400440532', '1980-05-06', 3210.50, '111-22-3333', 'north'),
        (2, 'ölaf', 'none', '1234567', 'infinity', NULL, '444-55-6666', 'south'),
        (3, NULL, NULL, NULL, NULL, -1, NULL, 'north')`);
    await reader.query(`SET ROLE ${quoteIdent(analyst)}`);
  });
}
