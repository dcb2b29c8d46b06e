import pg from 'pg';
import { expect, test } from 'vitest';
import { migratedDatabase } from './migrated-database.ts';

test('a migrated database has the legacy rows, and each caller has one of its own', async () => {
  const [one, other] = await Promise.all([migratedDatabase(), migratedDatabase()]);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  const { rows } = await client.query(`
    SELECT (SELECT count(*)::int FROM public.children) AS children,
      (SELECT count(*)::int FROM public.child_guardians) AS guardians,
      to_regclass('archive.user_roles') IS NOT NULL AS archived`);
  expect(rows).toEqual([{ children: 44, guardians: 5, archived: true }]);
  expect(other.name).not.toBe(one.name);
  await client.end();
  await Promise.all([one.drop(), other.drop()]);
});
