import { readFile } from 'node:fs/promises';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { describeEngines, type EngineCandidate } from '../src/engine.ts';

/** Engines that can serve the test server: the native one is absent where no tools fit it. */
export async function enginesHere(): Promise<EngineCandidate['engine'][]> {
  const { candidates } = await describeEngines({ connectionString: testCluster().adminUrl });
  return [...new Set(candidates.filter(({ fits }) => fits).map(({ engine }) => engine))];
}

/** Runs a script, or one query, and gives the rows of the last statement. */
export async function execute(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
    return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
  } finally {
    await client.end();
  }
}

/** A test database with the hardest schema we know. */
export async function nastyDatabase(): Promise<TestDatabase> {
  const database = await testDatabase();
  await execute(
    database.url,
    await readFile(new URL('./nasty-schema.sql', import.meta.url), 'utf8'),
  );
  return database;
}
