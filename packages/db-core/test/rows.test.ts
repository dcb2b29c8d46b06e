import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { generatedRows } from '../scripts/rows/generated-rows.ts';
import { migratedDatabase } from './migrated-database.ts';

const directory = new URL('../src/rows/', import.meta.url);

test('the row schemas are those of the migrations, byte for byte', async () => {
  const database = await migratedDatabase();
  const expected = await generatedRows(database.url);
  await database.drop();
  const committed = new Map<string, string>();
  for (const file of await readdir(directory)) {
    committed.set(file, await readFile(new URL(file, directory), 'utf8'));
  }
  const names = [...new Set([...expected.keys(), ...committed.keys()])];
  expect(
    names.filter((name) => expected.get(name) !== committed.get(name)),
    'These files of src/rows differ from the migrated catalog. Run: pnpm --filter @tothub/db-core generate',
  ).toEqual([]);
});
