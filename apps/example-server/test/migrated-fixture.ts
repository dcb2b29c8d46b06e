import { fileURLToPath } from 'node:url';
import { createMigrator } from '@tothub/db-migrate';
import { loadLegacyFixture } from '@tothub/db-testkit';
import pg from 'pg';

const migrations = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** Fills an empty database with the legacy rows, brings it to TotHub's schema, and adds two profiles. */
export async function loadMigratedFixture(url: string): Promise<void> {
  await loadLegacyFixture(url);
  const migrator = createMigrator({ connectionString: url, directory: migrations });
  await migrator.baseline({ through: '0001' });
  await migrator.up();
  await rows(
    url,
    `INSERT INTO public.user_profiles (user_id, username, role, first_name, last_name, bio)
     SELECT user_id, min(username), min(role), 'Ada', 'Example', E'Likes "quotes" and \\u2615'
     FROM public.sessions GROUP BY user_id LIMIT 2 RETURNING id`,
  );
}

/** What the database itself says, on a connection of its own. */
export async function rows<R extends object>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R & pg.QueryResultRow>(sql)).rows;
  } finally {
    await client.end();
  }
}
