import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrated, type OpenDatabase } from './support/database.ts';
import { addParent, addStaff, insert } from './support/rows.ts';

let database: OpenDatabase;
beforeAll(async () => {
  database = await migrated();
});
afterAll(() => database[Symbol.asyncDispose]());

const kindOf = async (id: string): Promise<string | undefined> => {
  const { rows } = await database.client.query('SELECT kind FROM public.principals WHERE id = $1', [
    id,
  ]);
  return rows[0]?.kind;
};
const login = (user: string, id = `login-of-${user}`) =>
  insert(database.client, 'sessions', { id, user_id: user, username: 'someone', role: 'staff' });

it('knows the built-in actors from the start', async () => {
  expect(await kindOf('admin')).toBe('system');
  expect(await kindOf('2')).toBe('user');
});

it('enters staff and parents as they come', async () => {
  expect(await kindOf(await addStaff(database.client))).toBe('staff');
  expect(await kindOf(await addParent(database.client))).toBe('parent');
});

it('accepts an actor that nobody has met, and the empty string, as unknown', async () => {
  await login('parent_001');
  await login('');
  expect(await kindOf('parent_001')).toBe('unknown');
  expect(await kindOf('')).toBe('unknown');
});

it('corrects the kind of an unknown actor when its row appears', async () => {
  await login('early-staff');
  await login('early-parent');
  await addStaff(database.client, 'early-staff');
  await addParent(database.client, [], 'early-parent');
  expect(await kindOf('early-staff')).toBe('staff');
  expect(await kindOf('early-parent')).toBe('parent');
});

it('keeps the actor of a row whose staff was deleted', async () => {
  const staff = await addStaff(database.client);
  await login(staff);
  await database.client.query('DELETE FROM public.staff WHERE id = $1', [staff]);
  expect(await kindOf(staff)).toBe('staff');
  await expect(
    database.client.query('DELETE FROM public.principals WHERE id = $1', [staff]),
  ).rejects.toThrow('sessions_user_id_fkey');
});

it('registers both actors of a row, on insert and on update, and forgets an optional one that is deleted', async () => {
  const { client } = database;
  const type = await insert(client, 'document_types', {
    name: 'Licence',
    category: 'license',
    renewal_frequency: 'yearly',
  });
  const document = await insert(client, 'documents', {
    document_type_id: type.id,
    title: 'Licence',
    issue_date: '2026-01-01',
    expiration_date: '2027-01-01',
    created_by: 'writer',
  });
  await client.query('UPDATE public.documents SET updated_by = $1', ['editor']);
  expect([await kindOf('writer'), await kindOf('editor')]).toEqual(['unknown', 'unknown']);
  await client.query('DELETE FROM public.principals WHERE id = $1', ['editor']);
  const { rows } = await client.query('SELECT updated_by FROM public.documents WHERE id = $1', [
    document.id,
  ]);
  expect(rows).toEqual([{ updated_by: null }]);
});

it('lets two sessions name the same new actor at once', async () => {
  const other = await database.connect();
  await database.client.query('BEGIN');
  await login('both', 'first');
  const second = insert(other, 'sessions', {
    id: 'second',
    user_id: 'both',
    username: 'someone',
    role: 'staff',
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await database.client.query('COMMIT');
  await second;
  expect(await kindOf('both')).toBe('unknown');
});

it('fills either set of names in a payroll audit row', async () => {
  const { client } = database;
  const older = await insert(client, 'payroll_audit', {
    table_name: 'pay_stubs',
    record_id: 'stub',
    action: 'update',
    changed_by: 'clerk',
  });
  expect(older).toMatchObject({
    entity_type: 'pay_stubs',
    entity_id: 'stub',
    performed_by: 'clerk',
  });
  const newer = await insert(client, 'payroll_audit', {
    entity_type: 'staff',
    entity_id: 'person',
    performed_by: 'other clerk',
    reason: 'rise',
  });
  expect(newer).toMatchObject({
    table_name: 'staff',
    record_id: 'person',
    changed_by: 'other clerk',
  });
  expect(newer.created_at).toBeInstanceOf(Date);
  expect(await kindOf('other clerk')).toBe('unknown');
  await expect(insert(client, 'payroll_audit', { action: 'update' })).rejects.toThrow('table_name');
});
