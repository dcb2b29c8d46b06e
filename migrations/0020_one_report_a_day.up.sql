-- tothub: no-transaction
--
-- One report per child and day: two writers at once then make one report of it, with ON CONFLICT. Of several from earlier
-- days the newest counts; the others are marked, keep all their values, and are reported for people to look at.
--
-- Should the application write another duplicate between the two statements, the build fails and the run stops. Set
-- is_superseded on one of the two, and the next run goes on.
DO $$
BEGIN
  WITH surplus AS MATERIALIZED (
    SELECT id FROM (
      SELECT id, row_number() OVER (
        PARTITION BY child_id, date::date ORDER BY created_at DESC NULLS LAST, id DESC
      ) AS place
      FROM public.daily_reports WHERE NOT is_superseded
    ) AS ranked WHERE place > 1
  ), reported AS (
    INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
    SELECT 'several-daily-reports', 'public', 'daily_reports', jsonb_build_object('id', id), 'date',
      'The child has a newer report of that day, which counts; see whether this one says anything that it does not.',
      '0020_one_report_a_day' FROM surplus
    ON CONFLICT DO NOTHING
  )
  UPDATE public.daily_reports SET is_superseded = true FROM surplus
  WHERE daily_reports.id = surplus.id AND NOT is_superseded;
END
$$;
CREATE UNIQUE INDEX CONCURRENTLY daily_reports_child_id_date_key ON public.daily_reports (child_id, (date::date))
  WHERE NOT is_superseded;
