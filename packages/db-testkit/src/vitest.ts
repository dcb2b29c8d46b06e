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
/** Any number that nothing else on the throwaway server locks. */
const LEGACY_LOCK = 824_038_480;

/** The server of this test run. */
export function testCluster(): TestCluster {
  return inject('pgtest');
}

/** An empty database of its own for a test file, about 25 ms. */
export function testDatabase(): Promise<TestDatabase> {
  return copyOf(testCluster().template);
}

/** A database of its own with the legacy schema and its 824 rows. The first call of a run loads the template. */
export async function legacyDatabase(): Promise<TestDatabase> {
  await withAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [LEGACY_LOCK]);
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [
      LEGACY_TEMPLATE,
    ]);
    if (rowCount !== 0) return;
    // Only a complete load gets the final name: a worker that dies midway leaves nothing to trip over.
    const building = `building_${randomUUID().replaceAll('-', '')}`;
    await admin.query(`CREATE DATABASE ${building}`);
    await loadLegacyFixture(urlOf(building));
    await admin.query(`ALTER DATABASE ${building} RENAME TO ${LEGACY_TEMPLATE}`);
  });
  return copyOf(LEGACY_TEMPLATE);
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
