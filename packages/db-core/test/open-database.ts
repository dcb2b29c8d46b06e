/** A migrated database with both ways in: the library's, and plain SQL to prepare and look at rows. */
import pg from 'pg';
import { createDatabase, type Database } from '../src/database/create-database.ts';
import { migratedDatabase } from './migrated-database.ts';

/** What a test of queries works with. */
export interface OpenDatabase {
  readonly db: Database;
  /** Rows of a statement of the test's own. */
  rows(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/**
 * Opens a copy of the migrated fixture for one test file.
 *
 * @example
 * const opened = await openMigrated();
 * await opened.rows('SELECT id FROM children LIMIT 1');
 */
export async function openMigrated(): Promise<OpenDatabase> {
  const database = await migratedDatabase();
  const db = await createDatabase({ connectionString: database.url });
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  return {
    db,
    rows: async (text, values) => (await admin.query(text, values && [...values])).rows,
    async close() {
      await admin.end();
      await db.close();
      await database.drop();
    },
  };
}
