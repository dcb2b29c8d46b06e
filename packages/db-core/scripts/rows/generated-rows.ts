import { fileURLToPath } from 'node:url';
import { readCatalog } from '@tothub/db-catalog';
import { createMigrator } from '@tothub/db-migrate';
import pg from 'pg';
import { rowFiles } from './row-files.ts';
import { isWritten } from './written-tables.ts';

const migrations = fileURLToPath(new URL('../../../../migrations/', import.meta.url));

/** The files of src/rows by name, as the migrations make them from the empty database at `url`. */
export async function generatedRows(url: string): Promise<ReadonlyMap<string, string>> {
  await createMigrator({ connectionString: url, directory: migrations }).up();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await rowFiles(await readCatalog(client, { schemas: ['public'] }), isWritten);
  } finally {
    await client.end();
  }
}
