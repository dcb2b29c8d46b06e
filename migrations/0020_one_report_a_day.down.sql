-- tothub: no-transaction
--
-- Takes the rule away. The marks go with their column.

DROP INDEX CONCURRENTLY IF EXISTS public.daily_reports_child_id_date_key;

DO $$
BEGIN
  UPDATE public.daily_reports SET is_superseded = false WHERE is_superseded;
END
$$;
