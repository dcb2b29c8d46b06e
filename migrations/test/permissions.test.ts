import { createMigrator } from '@tothub/db-migrate';
import pg from 'pg';
import { expect, it } from 'vitest';
import { directory, emptyDatabase, ownCatalog } from './support/database.ts';
import { addChild, addParent } from './support/rows.ts';

it('needs no superuser, no extension, no search path and no settings of its own', async () => {
  await using database = await emptyDatabase();
  const { client } = database;
  const role = `owner_${process.pid}`;
  await client.query(`
    CREATE ROLE ${role} LOGIN NOSUPERUSER;
    ALTER ROLE ${role} SET search_path = nowhere;
    ALTER ROLE ${role} SET TimeZone = 'Asia/Tokyo';
    ALTER ROLE ${role} SET datestyle = 'German';
    ALTER ROLE ${role} SET standard_conforming_strings = on;
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO ${role}', current_database()); END $$`);
  const url = new URL(database.url);
  url.username = role;
  const migrator = createMigrator({ connectionString: url.href, directory });
  await migrator.up();
  const { relations, extensions } = await ownCatalog(client);
  expect(new Set(relations.map((relation) => relation.owner))).toEqual(new Set([role]));
  expect(extensions.map((extension) => extension.name)).toEqual(['plpgsql']);

  const owner = new pg.Client({ connectionString: url.href });
  await owner.connect();
  await owner.query('BEGIN');
  const parent = await addParent(owner, [await addChild(owner)]);
  const { rows } = await owner.query('SELECT parent_id FROM public.child_guardians');
  expect(rows).toEqual([{ parent_id: parent }]);
  await owner.query('ROLLBACK');
  await owner.end();
  await migrator.down({ to: '0000' });
  expect((await ownCatalog(client)).relations).toEqual([]);
  await client.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database()); END $$;
     DROP OWNED BY ${role}; DROP ROLE ${role}`,
  );
});
