import { diffCatalogs, formatDifference } from '@tothub/db-catalog';
import { expect, it } from 'vitest';
import { lostValues, readColumns, readContents } from './support/contents.ts';
import { legacy, ownCatalog } from './support/database.ts';

/** What the team's own attempt may have left behind: columns, a key, an index, values of every kind. */
const EARLIER_ATTEMPT = `
  ALTER TABLE public.children ADD COLUMN parent_id varchar;
  WITH child AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM public.children
    WHERE id NOT IN (SELECT unnest(children_ids) FROM public.parents)
  )
  UPDATE public.children SET parent_id = (SELECT id FROM public.parents ORDER BY id LIMIT 1)
  FROM child WHERE child.id = children.id AND place <= 2;
  CREATE INDEX idx_children_parent_id ON public.children (parent_id);
  ALTER TABLE public.children ADD CONSTRAINT children_parent_id_fkey
    FOREIGN KEY (parent_id) REFERENCES public.parents (id);
  CREATE INDEX idx_session_activity_timestamp ON public.session_activity (timestamp DESC);
  ALTER TABLE public.daily_reports ADD COLUMN email_status text;
  ALTER TABLE public.payroll_reports ADD COLUMN created_at timestamp DEFAULT now();
`;
const UNRESOLVED = `
  ALTER TABLE public.children DROP CONSTRAINT children_parent_id_fkey;
  UPDATE public.children SET parent_id = 'nobody' WHERE id = (SELECT max(id) FROM public.children);
`;

it('takes a superset of the legacy schema to the target and back, keeping what it found', async () => {
  await using database = await legacy();
  const { client, migrator } = database;
  await client.query(EARLIER_ATTEMPT);
  const columns = await readColumns(client);
  const catalog = await ownCatalog(client);
  const before = await readContents(client, columns);
  await migrator.up();
  expect(await lostValues(client, before, await readContents(client, columns))).toEqual([]);

  const { rows: links } = await client.query(
    `SELECT source, count(*)::int FROM public.child_guardians GROUP BY source ORDER BY source`,
  );
  expect(links).toEqual([
    { source: 'children.parent_id', count: 2 },
    { source: 'parents.children_ids', count: 5 },
  ]);
  const { rows: keys } = await client.query(
    `SELECT conname, convalidated FROM pg_constraint
     WHERE conrelid = 'public.children'::regclass AND contype = 'f' ORDER BY conname`,
  );
  expect(keys).toEqual([
    { conname: 'children_parent_id_fkey', convalidated: true },
    { conname: 'children_primary_guardian_fkey', convalidated: true },
  ]);
  const { rows: findings } = await client.query(
    `SELECT rule, table_name || '.' || column_name AS place FROM public.data_findings
     WHERE source ~ '^00(03|05|09|11|14)' ORDER BY rule, place`,
  );
  expect(findings).toEqual([
    { rule: 'column-already-present', place: 'children.parent_id' },
    { rule: 'column-already-present', place: 'daily_reports.email_status' },
    { rule: 'column-already-present', place: 'payroll_reports.created_at' },
    { rule: 'constraint-replaced', place: 'children.parent_id' },
    { rule: 'index-renamed', place: 'session_activity.timestamp' },
  ]);

  await migrator.down({ to: '0001' });
  expect(await readContents(client, columns)).toEqual(before);
  expect(diffCatalogs(catalog, await ownCatalog(client)).map(formatDifference)).toEqual([
    'removed foreign key children_parent_id_fkey on public.children: FOREIGN KEY (parent_id) REFERENCES public.parents(id)',
  ]);
});

it('quarantines a parent_id that names nobody, and gives it back', async () => {
  await using database = await legacy();
  const { client, migrator } = database;
  await client.query(EARLIER_ATTEMPT + UNRESOLVED);
  const columns = await readColumns(client);
  const before = await readContents(client, columns);
  await migrator.up();
  expect(await lostValues(client, before, await readContents(client, columns))).toEqual([]);
  const { rows } = await client.query(
    `SELECT old_value FROM public.data_quarantine WHERE column_name = 'parent_id' AND old_value IS NOT NULL`,
  );
  expect(rows).toEqual([{ old_value: 'nobody' }]);
  await migrator.down({ to: '0001' });
  expect(await readContents(client, columns)).toEqual(before);
});
