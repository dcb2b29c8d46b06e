/** Databases for tests that need the schema as TotHub's migrations leave it. */
import { fileURLToPath } from 'node:url';
import { createMigrator } from '@tothub/db-migrate';
import { loadLegacyFixture } from '@tothub/db-testkit';
import {
  legacyDatabase,
  type TestDatabase,
  testCluster,
  testDatabase,
} from '@tothub/db-testkit/vitest';
import pg from 'pg';

/** TotHub's migrations. */
export const migrationsDirectory = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** What is in the database. */
export interface MigratedDatabaseOptions {
  /** How many times over the activity tables are filled; see `loadLegacyFixture`. @default 1 */
  readonly scale?: number;
}

/**
 * A database of its own with the legacy rows after all migrations, analysed. The first call of a run for a scale
 * loads and migrates the template.
 *
 * @example
 * const database = await migratedDatabase({ scale: 200 });
 * // CREATE DATABASE t_… TEMPLATE migrated_200
 */
export async function migratedDatabase({
  scale = 1,
}: MigratedDatabaseOptions = {}): Promise<TestDatabase> {
  const template = `migrated_${scale}`;
  await withAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [
      template,
    ]);
    if (rowCount !== 0) return;
    const building = scale === 1 ? await legacyDatabase() : await scaledDatabase(scale);
    await migrate(building.url);
    // Only a complete one gets the final name: a worker that dies midway leaves nothing to trip over.
    await admin.query(`ALTER DATABASE ${building.name} RENAME TO ${template}`);
  });
  return copyOf(template);
}

async function scaledDatabase(scale: number): Promise<TestDatabase> {
  const database = await testDatabase();
  await loadLegacyFixture(database.url, { scale });
  return database;
}

async function migrate(url: string): Promise<void> {
  const migrator = createMigrator({ connectionString: url, directory: migrationsDirectory });
  await migrator.baseline({ through: '0001' });
  await migrator.up();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('ANALYZE');
  await client.end();
}

async function copyOf(template: string): Promise<TestDatabase> {
  const copy = await testDatabase();
  await withAdmin(async (admin) => {
    await admin.query(`DROP DATABASE ${copy.name}`);
    await admin.query(`CREATE DATABASE ${copy.name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  });
  return copy;
}

/** A connection of its own: closing it also gives back what it locked. */
async function withAdmin(use: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: testCluster().adminUrl });
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.end();
  }
}
