-- Fills the new tables and columns from what is there. The triggers are in place already, so writes of the running
-- application that come in between are not missed, and everything here may run twice.

-- Actors.
INSERT INTO public.principals (id, kind, first_seen_in)
SELECT builtin.id, public.principal_kind(builtin.id), 'built in'
FROM unnest('{admin,system,1,2,3}'::text[]) AS builtin (id)
ON CONFLICT DO NOTHING;
INSERT INTO public.principals (id, kind, first_seen_in)
SELECT id, public.principal_kind(id), 'staff' FROM public.staff
ON CONFLICT DO NOTHING;
INSERT INTO public.principals (id, kind, first_seen_in)
SELECT id, public.principal_kind(id), 'parents' FROM public.parents
ON CONFLICT DO NOTHING;

DO $$
DECLARE
  actor record;
BEGIN
  FOR actor IN
    SELECT * FROM (VALUES
      ('sessions', 'user_id'),
      ('user_profiles', 'user_id'),
      ('security_credentials', 'user_id'),
      ('security_logs', 'user_id'),
      ('documents', 'created_by'),
      ('documents', 'updated_by'),
      ('document_reminders', 'acknowledged_by'),
      ('document_renewals', 'processed_by'),
      ('safety_reminders', 'created_by'),
      ('safety_reminders', 'assigned_to'),
      ('safety_reminder_completions', 'completed_by'),
      ('timesheet_entries', 'approved_by'),
      ('pay_periods', 'processed_by'),
      ('payroll_reports', 'generated_by'),
      ('payroll_audit', 'changed_by')
    ) AS listed (table_name, column_name)
  LOOP
    EXECUTE format(
      'INSERT INTO public.principals (id, kind, first_seen_in)'
      ' SELECT DISTINCT %1$I, public.principal_kind(%1$I), %2$L FROM public.%3$I WHERE %1$I IS NOT NULL'
      ' ON CONFLICT DO NOTHING',
      actor.column_name, actor.table_name || '.' || actor.column_name, actor.table_name);
  END LOOP;
END
$$;

-- A children.parent_id of an earlier attempt that names no parent cannot stay; the value goes to the quarantine.
INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
SELECT 'unresolved-parent-id', 'public', 'children', jsonb_build_object('id', id), 'parent_id',
  'The column named no parent; the value is in data_quarantine.', '0009_back_fill'
FROM public.children AS child
WHERE child.parent_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM public.parents WHERE parents.id = child.parent_id::text)
ON CONFLICT DO NOTHING;
WITH unresolved AS MATERIALIZED (
  SELECT id, parent_id FROM public.children AS child
  WHERE child.parent_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM public.parents WHERE parents.id = child.parent_id::text)
), kept AS (
  INSERT INTO public.data_quarantine (schema_name, table_name, row_key, column_name, old_value, reason, source)
  SELECT 'public', 'children', jsonb_build_object('id', id), 'parent_id', parent_id,
    'The value names no parent.', '0009_back_fill'
  FROM unresolved
  ON CONFLICT DO NOTHING
)
UPDATE public.children SET parent_id = NULL FROM unresolved WHERE children.id = unresolved.id;

-- One that does name a parent makes that parent a guardian. The parent's array then gains the child by trigger, so
-- the array of before goes to the quarantine.
INSERT INTO public.data_quarantine (schema_name, table_name, row_key, column_name, old_value, reason, source)
SELECT 'public', 'parents', jsonb_build_object('id', parent.id), 'children_ids', parent.children_ids::text,
  'The array lacked children whose parent_id named this parent.', '0009_back_fill'
FROM public.parents AS parent
WHERE EXISTS (
  SELECT FROM public.children AS child
  WHERE child.parent_id = parent.id
    AND NOT EXISTS (SELECT FROM unnest(parent.children_ids) AS listed (id) WHERE listed.id = child.id)
)
ON CONFLICT DO NOTHING;

-- Where parent_id was there before, even a null that the next statements fill is an old value.
INSERT INTO public.data_quarantine (schema_name, table_name, row_key, column_name, old_value, reason, source)
SELECT 'public', 'children', jsonb_build_object('id', child.id), 'parent_id', NULL,
  'The only guardian of the child became its primary one.', '0009_back_fill'
FROM public.parents AS parent
CROSS JOIN LATERAL (SELECT DISTINCT unnest(parent.children_ids)) AS listed (id)
JOIN public.children AS child ON child.id = listed.id
WHERE child.parent_id IS NULL
  AND EXISTS (
    SELECT FROM public.data_findings
    WHERE rule = 'column-already-present' AND source = '0005_links' AND table_name = 'children'
  )
GROUP BY child.id HAVING count(*) = 1
ON CONFLICT DO NOTHING;

-- Links that the arrays state. A child with one guardian gets it as its primary one, by trigger.
INSERT INTO public.child_guardians (parent_id, child_id, source)
SELECT parent.id, child.id, 'parents.children_ids'
FROM public.parents AS parent
CROSS JOIN LATERAL unnest(parent.children_ids) AS listed (id)
JOIN public.children AS child ON child.id = listed.id
ON CONFLICT DO NOTHING;
INSERT INTO public.child_guardians (parent_id, child_id, source)
SELECT parent.id, child.id, 'children.parent_id'
FROM public.children AS child
JOIN public.parents AS parent ON parent.id = child.parent_id
ON CONFLICT DO NOTHING;
INSERT INTO public.security_zone_devices (zone_id, device_id, source)
SELECT zone.id, device.id, 'security_zones.device_ids'
FROM public.security_zones AS zone
CROSS JOIN LATERAL unnest(zone.device_ids) AS listed (id)
JOIN public.security_devices AS device ON device.id = listed.id
ON CONFLICT DO NOTHING;
INSERT INTO public.user_profile_children (profile_id, child_id, source)
SELECT profile.id, child.id, 'user_profiles.children_ids'
FROM public.user_profiles AS profile
CROSS JOIN LATERAL unnest(profile.children_ids) AS listed (id)
JOIN public.children AS child ON child.id = listed.id
ON CONFLICT DO NOTHING;

-- What people have to look at: ids that resolve to nothing, and children with several guardians and none marked.
INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
SELECT DISTINCT 'unresolved-array-id', 'public', owner.table_name, jsonb_build_object('id', owner.id),
  owner.column_name,
  format('The array names an id that is no row of %s; the id stays there.', owner.member_table), 'links'
FROM (
  SELECT 'parents', 'children_ids', 'children', id, unnest(children_ids) FROM public.parents
  UNION ALL
  SELECT 'security_zones', 'device_ids', 'security_devices', id, unnest(device_ids) FROM public.security_zones
  UNION ALL
  SELECT 'user_profiles', 'children_ids', 'children', id, unnest(children_ids) FROM public.user_profiles
) AS owner (table_name, column_name, member_table, id, member_id)
WHERE owner.member_id IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM public.children WHERE owner.member_table = 'children' AND children.id = owner.member_id
  )
  AND NOT EXISTS (
    SELECT FROM public.security_devices
    WHERE owner.member_table = 'security_devices' AND security_devices.id = owner.member_id
  )
ON CONFLICT DO NOTHING;
INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
SELECT 'several-guardians', 'public', 'children', jsonb_build_object('id', child.id), 'parent_id',
  'The child has several guardians and none is marked as the primary one; set parent_id to one of them.',
  '0009_back_fill'
FROM public.children AS child
WHERE child.parent_id IS NULL
  AND (SELECT count(*) FROM public.child_guardians AS guardian WHERE guardian.child_id = child.id) > 1
ON CONFLICT DO NOTHING;

-- The newer names of payroll columns, for rows written under the older ones; only in columns that 0003 added.
DO $$
DECLARE
  added record;
BEGIN
  FOR added IN
    SELECT * FROM (VALUES
      ('payroll_audit', 'entity_type', 'table_name'),
      ('payroll_audit', 'entity_id', 'record_id'),
      ('payroll_audit', 'performed_by', 'changed_by'),
      ('payroll_audit', 'created_at', 'changed_at'),
      ('payroll_reports', 'created_at', 'generated_at')
    ) AS listed (table_name, column_name, older_name)
    WHERE NOT EXISTS (
      SELECT FROM public.data_findings AS finding
      WHERE finding.rule = 'column-already-present' AND finding.source = '0003_missing_columns'
        AND finding.table_name = listed.table_name AND finding.column_name = listed.column_name
    )
  LOOP
    EXECUTE format('UPDATE public.%1$I SET %2$I = %3$I WHERE %2$I IS NULL AND %3$I IS NOT NULL',
      added.table_name, added.column_name, added.older_name);
  END LOOP;
END
$$;
