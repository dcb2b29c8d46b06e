import { readFileSync } from 'node:fs';
import pg from 'pg';

const growth = readFileSync(new URL('grow.sql', import.meta.url), 'utf8');

/**
 * Makes of a migrated fixture a database that has been in use for years: `scale` times the rows that come with use
 * (6,000 at least), people ten times fewer.
 */
export async function grow(url: string, scale: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SELECT set_config('grow.scale', $1, false)", [String(scale)]);
    await client.query(growth);
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}
