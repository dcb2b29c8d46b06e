import type pg from 'pg';
import { expect, it } from 'vitest';
import { migrated } from './support/database.ts';
import { addChild, addParent, addStaff, insert } from './support/rows.ts';

/** Tables in schema archive by the name before `_before_down_…`, with their rows. */
async function archived(client: pg.Client): Promise<Record<string, unknown[]>> {
  const { rows } = await client.query(
    `SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('archive') AND relkind = 'r'
     ORDER BY relname`,
  );
  const tables: Record<string, unknown[]> = {};
  for (const { relname } of rows) {
    const content = await client.query(`SELECT * FROM archive.${relname}`);
    tables[relname.replace(/_before_down_\d{17}$/, '')] = content.rows;
  }
  return tables;
}

it('archives what only the new places knew', async () => {
  await using database = await migrated();
  const { client, migrator } = database;
  const child = await addChild(client);
  const [a, b] = [await addParent(client, [child]), await addParent(client, [child])];
  await client.query(
    `UPDATE public.child_guardians SET relationship = 'aunt' WHERE parent_id = $1`,
    [b],
  );
  await insert(client, 'daily_reports', {
    child_id: child,
    date: '2026-03-02',
    attendance_status: 'present',
    email_status: 'sent',
  });
  await insert(client, 'payroll_audit', {
    table_name: 'staff',
    record_id: 'x',
    action: 'raise',
    reason: 'a good year',
    changed_by: await addStaff(client, 'leaver'),
  });
  await client.query(`DELETE FROM public.staff`);
  await insert(client, 'sessions', { id: 'stale', user_id: '1', username: 'u', role: 'staff' });
  await client.query(`UPDATE public.sessions SET last_activity = '2026-01-01'`);
  await client.query(`SELECT public.close_stale_sessions('1 day')`);
  await migrator.down({ to: '0001' });

  const kept = await archived(client);
  expect(Object.keys(kept)).toEqual([
    'child_guardians',
    'children',
    'daily_reports',
    'data_quarantine',
    'payroll_audit',
    'principals',
  ]);
  expect(kept.children).toEqual([{ id: child, parent_id: a }]);
  expect(kept.daily_reports).toMatchObject([{ email_status: 'sent' }]);
  expect(kept.payroll_audit).toMatchObject([{ reason: 'a good year' }]);
  expect(kept.principals).toContainEqual(expect.objectContaining({ id: 'leaver', kind: 'staff' }));
  expect(kept.data_quarantine).toHaveLength(3);

  await migrator.up();
  const { rows } = await client.query('SELECT count(*)::int FROM public.child_guardians');
  expect(rows).toEqual([{ count: 2 }]);
});

it('refuses to drop the only form of a secret', async () => {
  await using database = await migrated();
  const { client, migrator } = database;
  const staff = await addStaff(client);
  await client.query(
    `UPDATE public.staff SET direct_deposit_account_ciphertext = 'sealed' WHERE id = $1`,
    [staff],
  );
  await expect(migrator.down({ to: '0003' })).rejects.toThrow(
    'the new columns hold secrets, perhaps in the only form that is left: restore a backup instead',
  );
  const { rows } = await client.query(
    `SELECT direct_deposit_account_ciphertext AS sealed FROM public.staff`,
  );
  expect(rows).toEqual([{ sealed: 'sealed' }]);
});

it('does not open again what somebody has touched since', async () => {
  await using database = await migrated();
  const { client, migrator } = database;
  await migrator.down({ to: '0009' });
  await insert(client, 'sessions', { id: 'reused', user_id: '1', username: 'u', role: 'staff' });
  await client.query(`UPDATE public.sessions SET last_activity = '2026-01-01'`);
  await migrator.up();
  await client.query(`UPDATE public.sessions SET end_reason = 'forced'`);
  await migrator.down({ to: '0009' });
  const { rows } = await client.query('SELECT is_active, end_reason FROM public.sessions');
  expect(rows).toEqual([{ is_active: false, end_reason: 'forced' }]);
  const { rows: kept } = await client.query('SELECT count(*)::int FROM public.data_quarantine');
  expect(kept).toEqual([{ count: 3 }]);
});
