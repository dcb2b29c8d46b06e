import { type Catalog, readCatalog } from '@tothub/db-catalog';
import pg from 'pg';

/** The catalog of the database at `url`. */
export async function catalogOf(url: string): Promise<Catalog> {
  const client = new pg.Client({ connectionString: url });
  // Dropping the database ends what a failed test has left open.
  client.on('error', () => {});
  await client.connect();
  try {
    return await readCatalog(client);
  } finally {
    await client.end();
  }
}
