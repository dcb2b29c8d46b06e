/** Databases for tests that need the schema as TotHub's migrations leave it. */
import { fileURLToPath } from 'node:url';
import { createMigrator } from '@tothub/db-migrate';
import {
  legacyDatabase,
  type TestDatabase,
  testCluster,
  testDatabase,
} from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { grow } from './grow.ts';

/** TotHub's migrations. */
const migrationsDirectory = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** What is in the database. */
export interface MigratedDatabaseOptions {
  /** How many times over the rows are there that come with use: 200 makes 110,800 requests in the log. @default 1 */
  readonly scale?: number;
}

/**
 * A database of its own with the legacy rows after all migrations, analysed. The first call of a run for a scale makes
 * the template: 3 s for the migrations, 3 s more for a scale of 200.
 *
 * @example
 * const database = await migratedDatabase({ scale: 200 });
 * // CREATE DATABASE t_… TEMPLATE migrated_200
 */
export async function migratedDatabase({
  scale = 1,
}: MigratedDatabaseOptions = {}): Promise<TestDatabase> {
  const template = `migrated_${scale}`;
  await withClient(testCluster().adminUrl, async (admin) => {
    await admin.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [
      template,
    ]);
    if (rowCount !== 0) return;
    const building = scale === 1 ? await migratedLegacy() : await grown(scale);
    // Only a complete one gets the final name: a worker that dies midway leaves nothing to trip over.
    await admin.query(`ALTER DATABASE ${building.name} RENAME TO ${template}`);
  });
  return copyOf(template);
}

async function migratedLegacy(): Promise<TestDatabase> {
  const database = await legacyDatabase();
  const migrator = createMigrator({
    connectionString: database.url,
    directory: migrationsDirectory,
  });
  await migrator.baseline({ through: '0001' });
  await migrator.up();
  await withClient(database.url, (client) => client.query('VACUUM ANALYZE'));
  return database;
}

async function grown(scale: number): Promise<TestDatabase> {
  const database = await migratedDatabase();
  await grow(database.url, scale);
  return database;
}

async function copyOf(template: string): Promise<TestDatabase> {
  const copy = await testDatabase();
  await withClient(testCluster().adminUrl, async (admin) => {
    await admin.query(`DROP DATABASE ${copy.name}`);
    await admin.query(`CREATE DATABASE ${copy.name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  });
  return copy;
}

/** A connection of its own: closing it also gives back what it locked. */
async function withClient(
  url: string,
  use: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
