import { readFile } from 'node:fs/promises';
import { type Catalog, readCatalog } from '@tothub/db-catalog';
import pg from 'pg';

/** Runs SQL on a database and reads its catalog. */
export async function catalogAfter(url: string, sql: string): Promise<Catalog> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
    return await readCatalog(client);
  } finally {
    await client.end();
  }
}

/** The schema with one of everything, and with hostile names. */
export function richSchema(): Promise<string> {
  return readFile(new URL('rich-schema.sql', import.meta.url), 'utf8');
}
