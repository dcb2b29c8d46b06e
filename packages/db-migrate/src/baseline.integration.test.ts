import { readCatalog } from '@tothub/db-catalog';
import { expect, test } from 'vitest';
import { scenario } from '../test/scenario.ts';
import { BaselineMismatchError, MigrationRefusedError } from './errors.ts';

const FILES = {
  '0001_legacy.up.sql':
    'CREATE TABLE p (id int PRIMARY KEY, name text); CREATE TABLE c (id int, p int REFERENCES p); CREATE INDEX ci ON c (p);',
  '0001_legacy.down.sql': 'DROP TABLE c, p;',
  '0002_more.up.sql': 'ALTER TABLE c ADD note text;',
  '0002_more.down.sql': 'ALTER TABLE c DROP note;',
};
const LEGACY = FILES['0001_legacy.up.sql'];

async function expectedCatalog() {
  await using s = await scenario();
  await s.client.query(LEGACY);
  return await readCatalog(s.client);
}

test('records what the database already holds, then goes on from there', async () => {
  const expected = await expectedCatalog();
  await using s = await scenario(FILES);
  await s.client.query(`${LEGACY} CREATE SCHEMA drizzle; CREATE TABLE drizzle.m ();`);
  expect(await s.migrator().baseline({ through: '0001', expected })).toEqual({
    recorded: ['0001'],
    additions: [],
  });
  expect((await s.migrator().status()).map((m) => m.state)).toEqual(['baselined', 'pending']);
  expect((await s.migrator().up()).applied.map((m) => m.version)).toEqual(['0002']);
  expect(await s.migrator().verify()).toEqual({ ok: true, problems: [] });
  // Again, as an interrupted caller would: nothing changes.
  expect(await s.migrator().baseline({ through: '1', expected })).toEqual({
    recorded: [],
    additions: [],
  });
  await expect(s.migrator().down({ to: '0000' })).rejects.toThrow('0001_legacy was baselined');
  await s.files({ '0001_legacy.up.sql': 'SELECT 1;' });
  expect((await s.migrator().verify()).problems.map((p) => p.kind)).toEqual(['edited']);
});

test('can follow an up that failed because the tables were there', async () => {
  await using s = await scenario(FILES);
  await s.client.query(LEGACY);
  await expect(s.migrator().up()).rejects.toMatchObject({ sqlstate: '42P07' });
  expect((await s.migrator().baseline({ through: '0001' })).recorded).toEqual(['0001']);
  expect((await s.migrator().status())[0]?.state).toBe('baselined');
});

test('names what a superset has beyond it', async () => {
  const expected = await expectedCatalog();
  await using s = await scenario(FILES);
  await s.client.query(`${LEGACY} ALTER TABLE c ADD parent_id text; CREATE TABLE extra ();`);
  const { additions } = await s.migrator().baseline({ through: '0001', expected });
  expect(additions.map((d) => [d.change, d.object.type, d.object.relation, d.object.name])).toEqual(
    expect.arrayContaining([
      ['added', 'column', 'c', 'parent_id'],
      ['added', 'table', undefined, 'extra'],
    ]),
  );
});

test('refuses a database that lacks something or has it otherwise, and records nothing', async () => {
  const expected = await expectedCatalog();
  await using s = await scenario(FILES);
  await s.client.query(`${LEGACY} DROP INDEX ci; ALTER TABLE p ALTER name TYPE varchar(9);`);
  const error = await s
    .migrator()
    .baseline({ through: '0001', expected })
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(BaselineMismatchError);
  expect((error as Error).message).toMatchInlineSnapshot(
    `"The database is not the expected one: removed index ci on public.c: CREATE INDEX ci ON public.c USING btree (p); changed column public.p.name: type from text to character varying(9). Nothing was recorded. Check that the URL names the right database."`,
  );
  expect(await s.rows(`SELECT FROM pg_namespace WHERE nspname = 'tothub'`)).toEqual([]);
});

test('refuses an empty database with a hint, and one whose ledger has begun', async () => {
  const expected = await expectedCatalog();
  await using s = await scenario(FILES);
  await expect(s.migrator().baseline({ through: '0001', expected })).rejects.toThrow(
    /empty.*Run migrate up/,
  );
  await expect(s.migrator().baseline({ through: '0001' })).rejects.toThrow(/Run migrate up/);
  expect(await s.rows(`SELECT FROM pg_namespace WHERE nspname = 'tothub'`)).toEqual([]);
  await s.migrator().up({ to: '1' });
  await expect(s.migrator().baseline({ through: '0002' })).rejects.toBeInstanceOf(
    MigrationRefusedError,
  );
});
