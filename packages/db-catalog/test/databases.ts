import { readFileSync } from 'node:fs';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';

/** DDL that makes one of every kind of object. */
export const richDatabaseSql = readFileSync(new URL('rich-database.sql', import.meta.url), 'utf8');

/** A fresh database after a script, with one client; both go away with `await using`. */
export async function databaseWith(
  sql: string,
): Promise<AsyncDisposable & { readonly url: string; readonly client: pg.Client }> {
  const { url, drop } = await testDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  return {
    url,
    client,
    async [Symbol.asyncDispose]() {
      await client.end();
      await drop();
    },
  };
}

/** A pool whose clients may be cut off by the server, as a forced drop of the database does. */
export function poolOf(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
