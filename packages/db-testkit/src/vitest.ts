import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { TestCluster } from './global-setup.ts';
import { loadLegacyFixture } from './legacy/load.ts';

export type { TestCluster } from './global-setup.ts';

/** A database of a test file. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

const LEGACY_TEMPLATE = 'pgtest_legacy';

/** The server of this test run. */
export function testCluster(): TestCluster {
  return inject('pgtest');
}

/** An empty database of its own for a test file, about 25 ms. */
export function testDatabase(): Promise<TestDatabase> {
  return copyOf(testCluster().template);
}

/**
 * A database of its own, copied from a template. The first call of a run for that name makes the template: a database
 * that nobody is connected to any more.
 *
 * @example
 * const database = await databaseFrom('migrated', async () => {
 *   const made = await testDatabase();
 *   await migrate(made.url);
 *   return made; // ALTER DATABASE t_… RENAME TO migrated
 * });
 */
export async function databaseFrom(
  template: string,
  make: () => Promise<TestDatabase>,
): Promise<TestDatabase> {
  await withAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [
      template,
    ]);
    if (rowCount !== 0) return;
    const { name } = await make();
    // Only a complete one gets the final name: a worker that dies midway leaves nothing to trip over.
    await admin.query(`ALTER DATABASE ${name} RENAME TO ${template}`);
  });
  return copyOf(template);
}

/** A database of its own with the legacy schema and its 824 rows. The first call of a run loads the template. */
export function legacyDatabase(): Promise<TestDatabase> {
  return databaseFrom(LEGACY_TEMPLATE, async () => {
    const database = await testDatabase();
    await loadLegacyFixture(database.url);
    return database;
  });
}

async function copyOf(template: string): Promise<TestDatabase> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const strategy = testCluster().major >= 15 ? ' STRATEGY FILE_COPY' : '';
  await withAdmin((admin) =>
    admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}${strategy}`),
  );
  return {
    name,
    url: urlOf(name),
    async drop() {
      await withAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

function urlOf(database: string): string {
  const url = new URL(testCluster().adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** A connection of its own: closing it also gives back what it locked. */
async function withAdmin<T>(use: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: testCluster().adminUrl });
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}
