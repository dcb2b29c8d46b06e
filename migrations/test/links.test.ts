import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legacy, migrated, type OpenDatabase } from './support/database.ts';
import { addChild, addDevice, addParent, insert } from './support/rows.ts';

let database: OpenDatabase;
beforeAll(async () => {
  database = await migrated();
});
afterAll(() => database[Symbol.asyncDispose]());

const one = async (sql: string, values: unknown[]): Promise<unknown> => {
  const { rows } = await database.client.query({ text: sql, values, rowMode: 'array' });
  return rows[0]?.[0];
};
const arrayOf = (parent: string) =>
  one('SELECT children_ids FROM public.parents WHERE id = $1', [parent]);
const linksOf = (parent: string) =>
  one(
    'SELECT array_agg(child_id ORDER BY child_id) FROM public.child_guardians WHERE parent_id = $1',
    [parent],
  );
const primaryOf = (child: string) =>
  one('SELECT parent_id FROM public.children WHERE id = $1', [child]);
const findingsOf = (id: string) =>
  one('SELECT count(*)::int FROM public.data_findings WHERE row_key = $1', [{ id }]);
const write = (parent: string, ids: unknown) =>
  database.client.query('UPDATE public.parents SET children_ids = $2 WHERE id = $1', [parent, ids]);
const link = (parent: string, child: string) =>
  insert(database.client, 'child_guardians', { parent_id: parent, child_id: child });

describe('an array written by old code', () => {
  it('becomes links, duplicates once and NULL not at all', async () => {
    const [a, b] = [await addChild(database.client), await addChild(database.client)];
    const ids = [b, a, null, b];
    const parent = await addParent(database.client, ids);
    expect(await linksOf(parent)).toEqual([a, b].sort());
    expect(await arrayOf(parent)).toEqual(ids);
    expect(await findingsOf(parent)).toBe(0);
  });

  it('adds and removes just the links that changed', async () => {
    const [a, b, c] = [
      await addChild(database.client),
      await addChild(database.client),
      await addChild(database.client),
    ];
    const parent = await addParent(database.client, [a, b]);
    await database.client.query(
      `UPDATE public.child_guardians SET relationship = 'aunt' WHERE parent_id = $1 AND child_id = $2`,
      [parent, b],
    );
    await write(parent, [c, b]);
    expect(await linksOf(parent)).toEqual([b, c].sort());
    expect(
      await one('SELECT relationship FROM public.child_guardians WHERE child_id = $1', [b]),
    ).toBe('aunt');
    await write(parent, null);
    expect(await linksOf(parent)).toBeNull();
    await write(parent, []);
    expect(await arrayOf(parent)).toEqual([]);
  });

  it('keeps an id that resolves to nothing and reports it once, blanks around it included', async () => {
    const child = await addChild(database.client);
    const parent = await addParent(database.client, ['gone', ` ${child} `]);
    await write(parent, ['gone', ` ${child} `, 'gone too']);
    expect(await linksOf(parent)).toBeNull();
    expect(await arrayOf(parent)).toEqual(['gone', ` ${child} `, 'gone too']);
    expect(await findingsOf(parent)).toBe(1);
  });

  it('gets its link when the child appears later, by one statement or many rows', async () => {
    const parent = await addParent(database.client, ['late-1', 'late-2', 'late-1']);
    await database.client.query(
      `INSERT INTO public.children (id, first_name, last_name, date_of_birth, age_group, room, parent_name)
       SELECT id, 'Given', 'Family', '2022-02-02', 'infant', 'Acorns', 'Typed'
       FROM unnest('{late-1,late-2,late-3}'::text[]) AS id`,
    );
    expect(await linksOf(parent)).toEqual(['late-1', 'late-2']);
    expect(await primaryOf('late-1')).toBe(parent);
    expect(await arrayOf(parent)).toEqual(['late-1', 'late-2', 'late-1']);
  });

  it('may be written for many parents at once, by upsert, and as nested arrays', async () => {
    const child = await addChild(database.client);
    const parents = [await addParent(database.client), await addParent(database.client)];
    await database.client.query('UPDATE public.parents SET children_ids = $2 WHERE id = ANY ($1)', [
      parents,
      [child],
    ]);
    expect(await linksOf(parents[0] as string)).toEqual([child]);
    expect(await linksOf(parents[1] as string)).toEqual([child]);
    await database.client.query(
      `INSERT INTO public.parents (id, username, password_hash, email, first_name, last_name)
       SELECT id, username, password_hash, email, first_name, last_name FROM public.parents WHERE id = $1
       ON CONFLICT (id) DO UPDATE SET children_ids = '{}'`,
      [parents[0]],
    );
    expect(await linksOf(parents[0] as string)).toBeNull();
    const other = await addChild(database.client);
    await write(parents[1] as string, [[child, other]]);
    expect(await linksOf(parents[1] as string)).toEqual([child, other].sort());
    const third = await addChild(database.client);
    await link(parents[1] as string, third);
    expect(await arrayOf(parents[1] as string)).toEqual([child, other, third]);
  });
});

describe('a link written by new code', () => {
  it('is appended to the array and taken out of it, everything else in its place', async () => {
    const [a, b, c] = [
      await addChild(database.client),
      await addChild(database.client),
      await addChild(database.client),
    ];
    const parent = await addParent(database.client, ['gone', b, a]);
    await link(parent, c);
    expect(await arrayOf(parent)).toEqual(['gone', b, a, c]);
    await database.client.query('DELETE FROM public.child_guardians WHERE child_id = $1', [b]);
    expect(await arrayOf(parent)).toEqual(['gone', a, c]);
    await database.client.query('UPDATE public.children SET parent_id = NULL WHERE id = $1', [a]);
    await database.client.query(
      'UPDATE public.child_guardians SET child_id = $1 WHERE child_id = $2',
      [b, a],
    );
    expect(await arrayOf(parent)).toEqual(['gone', c, b]);
    await database.client.query(
      `UPDATE public.child_guardians SET child_id = child_id, parent_id = parent_id, relationship = 'uncle'
       WHERE parent_id = $1`,
      [parent],
    );
    expect(await arrayOf(parent)).toEqual(['gone', c, b]);
    expect(await linksOf(parent)).toEqual([b, c].sort());
  });

  it('may come and go by the dozen in one statement', async () => {
    const children: string[] = [];
    for (let count = 0; count < 12; count++) children.push(await addChild(database.client));
    const parent = await addParent(database.client, null);
    await database.client.query(
      'INSERT INTO public.child_guardians (parent_id, child_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING',
      [parent, [...children, children[0]]],
    );
    expect(await arrayOf(parent)).toHaveLength(12);
    expect(await linksOf(parent)).toHaveLength(12);
    await database.client.query('DELETE FROM public.child_guardians WHERE parent_id = $1', [
      parent,
    ]);
    expect(await arrayOf(parent)).toEqual([]);
    expect(await linksOf(parent)).toBeNull();
  });

  it('goes with its parent, and with its child, whose id stays in the array and is reported', async () => {
    const [a, b] = [await addChild(database.client), await addChild(database.client)];
    const parent = await addParent(database.client, [a, b]);
    await database.client.query('DELETE FROM public.children WHERE id = $1', [a]);
    expect(await linksOf(parent)).toEqual([b]);
    expect(await arrayOf(parent)).toEqual([a, b]);
    expect(await findingsOf(parent)).toBe(1);
    await database.client.query('DELETE FROM public.parents WHERE id = $1', [parent]);
    expect(await linksOf(parent)).toBeNull();
    expect(await primaryOf(b)).toBeNull();
  });

  it('follows a child or a parent that gets another id', async () => {
    const child = await addChild(database.client);
    const parent = await addParent(database.client, ['gone', child]);
    await database.client.query('UPDATE public.children SET id = $2 WHERE id = $1', [
      child,
      `${child}-new`,
    ]);
    expect(await arrayOf(parent)).toEqual(['gone', `${child}-new`]);
    await database.client.query('UPDATE public.parents SET id = $2 WHERE id = $1', [
      parent,
      `${parent}-new`,
    ]);
    expect(await linksOf(`${parent}-new`)).toEqual([`${child}-new`]);
    expect(await primaryOf(`${child}-new`)).toBe(`${parent}-new`);
  });
});

describe('the primary guardian', () => {
  it('is the first one linked, and nobody when it goes', async () => {
    const child = await addChild(database.client);
    const [a, b] = [await addParent(database.client), await addParent(database.client)];
    await link(a, child);
    await link(b, child);
    expect(await primaryOf(child)).toBe(a);
    await write(a, []);
    expect(await primaryOf(child)).toBeNull();
    await link(await addParent(database.client), child);
    expect(await primaryOf(child)).toBeNull();
  });

  it('stays empty when several come at once', async () => {
    const child = await addChild(database.client);
    const [a, b] = [await addParent(database.client), await addParent(database.client)];
    await database.client.query(
      'INSERT INTO public.child_guardians (parent_id, child_id) VALUES ($1, $3), ($2, $3)',
      [a, b, child],
    );
    expect(await primaryOf(child)).toBeNull();
  });

  it('can only be a guardian, checked at the end of the transaction', async () => {
    const child = await addChild(database.client);
    const parent = await addParent(database.client);
    const mark = 'UPDATE public.children SET parent_id = $2 WHERE id = $1';
    await expect(database.client.query(mark, [child, parent])).rejects.toThrow(
      'children_primary_guardian_fkey',
    );
    await database.client.query('BEGIN');
    await database.client.query(mark, [child, parent]);
    await link(parent, child);
    await database.client.query('COMMIT');
    expect(await primaryOf(child)).toBe(parent);
  });
});

it('keeps zones and profiles in step as well', async () => {
  const { client } = database;
  const device = await addDevice(client);
  const zone = {
    id: 'zone',
    name: 'Inside',
    access_rules: '{}',
    device_ids: [device, 'late-device'],
  };
  await insert(client, 'security_zones', zone);
  await addDevice(client, 'late-device');
  expect(
    await one('SELECT count(*)::int FROM public.security_zone_devices WHERE zone_id = $1', [
      'zone',
    ]),
  ).toBe(2);
  await client.query('DELETE FROM public.security_zone_devices WHERE device_id = $1', [device]);
  expect(await one('SELECT device_ids FROM public.security_zones WHERE id = $1', ['zone'])).toEqual(
    ['late-device'],
  );

  const child = await addChild(client);
  const person = { role: 'parent', first_name: 'Given', last_name: 'Family', username: 'someone' };
  await insert(client, 'user_profiles', { id: 'profile', user_id: 'parent_001', ...person });
  await insert(client, 'user_profile_children', { profile_id: 'profile', child_id: child });
  expect(
    await one('SELECT children_ids FROM public.user_profiles WHERE id = $1', ['profile']),
  ).toEqual([child]);
});

describe('two sessions at once', () => {
  it('link a child that one creates while the other names it', async () => {
    const other = await database.connect();
    const parent = await addParent(database.client);
    await database.client.query('BEGIN');
    await addChild(database.client, 'racing');
    const named = other.query('UPDATE public.parents SET children_ids = $2 WHERE id = $1', [
      parent,
      ['racing'],
    ]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await database.client.query('COMMIT');
    await named;
    expect(await linksOf(parent)).toEqual(['racing']);
  });

  it('may write the same pair, one as an array and one as a link', async () => {
    const other = await database.connect();
    const child = await addChild(database.client);
    const parent = await addParent(database.client);
    await database.client.query('BEGIN');
    await link(parent, child);
    const named = other.query('UPDATE public.parents SET children_ids = $2 WHERE id = $1', [
      parent,
      [child],
    ]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await database.client.query('COMMIT');
    await named;
    expect(await linksOf(parent)).toEqual([child]);
    expect(await arrayOf(parent)).toEqual([child]);
  });

  it('may name a child that the other deletes', async () => {
    const other = await database.connect();
    const child = await addChild(database.client);
    const parent = await addParent(database.client);
    await database.client.query('BEGIN');
    await database.client.query('DELETE FROM public.children WHERE id = $1', [child]);
    const named = other.query('UPDATE public.parents SET children_ids = $2 WHERE id = $1', [
      parent,
      [child],
    ]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await database.client.query('COMMIT');
    await named;
    expect(await linksOf(parent)).toBeNull();
    expect(await arrayOf(parent)).toEqual([child]);
    expect(await findingsOf(parent)).toBe(1);
  });
});

it('lets an application role write that may not touch the new tables, and lets nobody borrow the functions', async () => {
  const other = await database.connect();
  const child = await addChild(database.client);
  await database.client.query(`
    DO $$ BEGIN
      IF to_regrole('tothub_links_app') IS NULL THEN CREATE ROLE tothub_links_app; END IF;
    END $$;
    GRANT USAGE, CREATE ON SCHEMA public TO tothub_links_app;
    GRANT SELECT, INSERT, UPDATE ON public.parents, public.children TO tothub_links_app`);
  await other.query('SET ROLE tothub_links_app');
  const parent = await addParent(other, [child, 'gone']);
  expect(await linksOf(parent)).toEqual([child]);
  await other.query('CREATE TABLE public.mine (id varchar PRIMARY KEY, ids text[])');
  await expect(
    other.query(`CREATE TRIGGER steal AFTER INSERT ON public.mine FOR EACH ROW
      EXECUTE FUNCTION public.sync_links_from_array('ids', 'child_guardians', 'parent_id', 'child_id', 'children')`),
  ).rejects.toThrow('permission denied');
});

it('a primary guardian that old code took away before the key was there does not stop the migrations', async () => {
  await using meanwhile = await legacy();
  const { client, migrator } = meanwhile;
  await migrator.up({ to: '0009' });
  const marked = 'SELECT id FROM public.children WHERE parent_id IS NOT NULL';
  expect((await client.query(marked)).rows.length).toBeGreaterThan(0);
  await client.query(`UPDATE public.parents SET children_ids = '{}'`);
  await migrator.up();
  expect((await client.query(marked)).rows).toEqual([]);
});
