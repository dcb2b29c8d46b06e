import { expect, test } from 'vitest';
import { databaseWith, richDatabaseSql } from '../test/databases.ts';
import { diffCatalogs } from './diff/diff-catalogs.ts';
import { formatDifference } from './diff/format-difference.ts';
import { serialiseCatalog } from './format/serialise-catalog.ts';
import { readCatalog } from './read-catalog.ts';

test('reads the same catalog twice, byte for byte', async () => {
  await using db = await databaseWith(richDatabaseSql);
  const first = await readCatalog(db.client);
  await using again = await databaseWith(richDatabaseSql);
  const second = await readCatalog(again.client);
  expect(diffCatalogs(first, second, { ignore: ['database'] }).map(formatDifference)).toEqual([]);
  expect(serialiseCatalog({ ...second, database: first.database })).toBe(serialiseCatalog(first));
});
