-- The new tables and columns go with their own files. Here only the values that were there before come back, where
-- nobody wrote to them since: first the arrays, then the parent_id of an earlier attempt.

WITH restored AS (
  UPDATE public.parents AS parent SET children_ids = value.old_value::text[]
  FROM public.data_quarantine AS value
  WHERE value.source = '0009_back_fill' AND value.table_name = 'parents' AND value.column_name = 'children_ids'
    AND parent.id = value.row_key ->> 'id'
    AND NOT EXISTS (
      SELECT unnest(value.old_value::text[]) EXCEPT SELECT unnest(parent.children_ids)
    )
    AND NOT EXISTS (
      SELECT unnest(parent.children_ids) EXCEPT SELECT unnest(value.old_value::text[])
      EXCEPT SELECT child_id FROM public.child_guardians AS guardian
      WHERE guardian.parent_id = parent.id AND guardian.source = 'children.parent_id'
    )
  RETURNING value.id
)
DELETE FROM public.data_quarantine AS value USING restored WHERE value.id = restored.id;

WITH restored AS (
  UPDATE public.children AS child SET parent_id = value.old_value
  FROM public.data_quarantine AS value
  WHERE value.source = '0009_back_fill' AND value.table_name = 'children' AND value.column_name = 'parent_id'
    AND child.id = value.row_key ->> 'id'
    AND (child.parent_id IS NULL OR EXISTS (
      SELECT FROM public.child_guardians AS guardian
      WHERE guardian.parent_id = child.parent_id AND guardian.child_id = child.id
        AND guardian.source = 'parents.children_ids'
    ))
  RETURNING value.id
)
DELETE FROM public.data_quarantine AS value USING restored WHERE value.id = restored.id;
