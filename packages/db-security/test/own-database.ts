/** A database of the test file's own, and one session on it. */
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';

export let database: TestDatabase;
export let db: pg.Client;

/** Makes them before the tests of a file, and takes them away after. */
export function useDatabase(): void {
  beforeAll(async () => {
    database = await testDatabase();
    db = new pg.Client(database.url);
    await db.connect();
  });

  afterAll(async () => {
    await db.end();
    await database.drop();
  });
}
