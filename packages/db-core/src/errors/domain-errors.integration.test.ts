import pg from 'pg';
import { expect, test } from 'vitest';
import { migratedDatabase } from '../../test/migrated-database.ts';
import { domainConstraints } from '../errors.ts';

test('every constraint with a meaning is a unique key of the migrated database, and none is forgotten', async () => {
  const database = await migratedDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(`
      SELECT c.relname AS name
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = t.relnamespace
      WHERE n.nspname = 'public' AND i.indisunique AND NOT i.indisprimary
        AND t.relname NOT LIKE 'data\\_%'
      ORDER BY 1`);
    expect(rows.map(({ name }) => name)).toEqual([...domainConstraints.keys()].sort());
  } finally {
    await client.end();
    await database.drop();
  }
});
