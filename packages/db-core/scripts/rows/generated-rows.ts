import { readCatalog } from '@tothub/db-catalog';
import pg from 'pg';
import { rowFiles } from './row-files.ts';
import { isWritten } from './written-tables.ts';

/** The files of src/rows by name, for the migrated database at `url`. */
export async function generatedRows(url: string): Promise<ReadonlyMap<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await rowFiles(await readCatalog(client, { schemas: ['public'] }), isWritten);
  } finally {
    await client.end();
  }
}
