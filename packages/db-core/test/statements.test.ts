import { expect, test } from 'vitest';
import { checkQueries, formatFinding } from '../src/testing/index.ts';
import { exceptions } from './exceptions.ts';
import { migratedDatabase } from './migrated-database.ts';
import { queryModules } from './query-modules.ts';

test('every statement fits the migrated database', async () => {
  const database = await migratedDatabase();
  const { queryCount, findings } = await checkQueries({
    connectionString: database.url,
    modules: await queryModules(),
    exceptions,
  });
  await database.drop();
  expect(queryCount).toBeGreaterThan(0);
  expect(findings.map(formatFinding)).toEqual([]);
});
