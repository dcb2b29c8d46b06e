/** Writes src/rows from the catalog of an empty database after all migrations, on a throwaway server. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@tothub/db-testkit';
import { generatedRows } from './rows/generated-rows.ts';

const directory = new URL('../src/rows/', import.meta.url);
const server = await startPostgres();
try {
  const files = await generatedRows(await server.createDatabase('rows'));
  await mkdir(directory, { recursive: true });
  for (const file of await readdir(directory)) {
    if (!files.has(file)) await rm(new URL(file, directory));
  }
  for (const [file, text] of files) await writeFile(new URL(file, directory), text);
  process.stdout.write(`${files.size} files in ${fileURLToPath(directory)}\n`);
} finally {
  await server.stop();
}
