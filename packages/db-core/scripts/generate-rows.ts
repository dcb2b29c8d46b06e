/** Writes src/rows from the catalog of an empty database after all migrations, on a throwaway server. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createMigrator } from '@tothub/db-migrate';
import { startPostgres } from '@tothub/db-testkit';
import { generatedRows } from './rows/generated-rows.ts';

const directory = new URL('../src/rows/', import.meta.url);
const migrations = fileURLToPath(new URL('../../../migrations/', import.meta.url));
const server = await startPostgres();
try {
  const url = await server.createDatabase('rows');
  await createMigrator({ connectionString: url, directory: migrations }).up();
  const files = await generatedRows(url);
  await mkdir(directory, { recursive: true });
  for (const file of await readdir(directory)) {
    if (!files.has(file)) await rm(new URL(file, directory));
  }
  for (const [file, text] of files) await writeFile(new URL(file, directory), text);
  process.stdout.write(`${files.size} files in ${fileURLToPath(directory)}\n`);
} finally {
  await server.stop();
}
