/** Ten thousand tables, and one value of 200 MB: backed up, and proven. */
import { testDatabase } from '@tothub/db-testkit/vitest';
import { describe, expect, it } from 'vitest';
import { createBackup, verifyBackup } from '../src/index.ts';
import { enginesHere, execute } from '../test/databases.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';

const directory = temporaryFolder();

async function isProven(engine: 'native' | 'wasm', statements: readonly string[]): Promise<void> {
  const source = await testDatabase();
  for (const statement of statements) await execute(source.url, statement);
  const { path } = await createBackup({ connectionString: source.url, directory, engine });
  const { checks } = await verifyBackup(path, { connectionString: source.url });
  await source.drop();
  expect(checks.filter(({ status }) => status !== 'passed')).toEqual([]);
}

describe.each(await enginesHere())('by the engine %s', (engine) => {
  it('ten thousand tables', async () => {
    // In portions: the locks of one transaction are finite.
    const statements = Array.from(
      { length: 10 },
      (_, thousand) => `DO $$ BEGIN FOR i IN ${thousand * 1000 + 1}..${thousand * 1000 + 1000} LOOP
        EXECUTE format('CREATE TABLE %I (id integer PRIMARY KEY, v text DEFAULT %L)', 'table_with_a_long_name_' || i, i);
        EXECUTE format('INSERT INTO %I VALUES (%s)', 'table_with_a_long_name_' || i, i);
      END LOOP; END $$`,
    );
    await isProven(engine, statements);
  });

  it('a text of 200 MB, and bytes of 200 MB', async () => {
    await isProven(engine, [
      'CREATE TABLE large (id integer PRIMARY KEY, words text, bytes bytea)',
      `INSERT INTO large SELECT 1, repeat('two hundred ', 17476267), NULL`,
      `INSERT INTO large SELECT 2, NULL, string_agg(sha256(i::text::bytea), NULL) FROM generate_series(1, 6553600) AS i`,
    ]);
  });
});
