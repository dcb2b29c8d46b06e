-- tothub: no-transaction
--
-- One active row in state_compliance, one open attendance per child and day, one open timesheet entry per person and
-- day. Each rule has its clean-up right before its index. The values replaced are in data_quarantine first. What is
-- closed gets no duration: nobody can know the hours now. What the application closes meanwhile is left alone.
--
-- Should the application write another duplicate between the two, the build fails and the run stops. Close one of
-- the two rows in the application (check the child out, clock the person out), and the next run goes on.

-- The newest state stays active. (The application deactivates the old one itself, then inserts.)
DO $$
BEGIN
  WITH surplus AS MATERIALIZED (
    SELECT id FROM (
      SELECT id, row_number() OVER (
        ORDER BY last_updated DESC NULLS LAST, created_at DESC NULLS LAST, id DESC
      ) AS place
      FROM public.state_compliance WHERE is_active
    ) AS ranked WHERE place > 1
  ), kept AS (
    INSERT INTO public.data_quarantine (schema_name, table_name, row_key, column_name, old_value, reason, source)
    SELECT 'public', 'state_compliance', jsonb_build_object('id', id), 'is_active', 'true',
      'A newer row was active as well.', '0015_one_open_row' FROM surplus
    ON CONFLICT DO NOTHING
  ), reported AS (
    INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
    SELECT 'several-active-rows', 'public', 'state_compliance', jsonb_build_object('id', id), 'is_active',
      'A newer row was active as well; this one was deactivated.', '0015_one_open_row' FROM surplus
    ON CONFLICT DO NOTHING
  )
  UPDATE public.state_compliance SET is_active = false FROM surplus
  WHERE state_compliance.id = surplus.id AND is_active;
END
$$;
CREATE UNIQUE INDEX CONCURRENTLY state_compliance_active_key ON public.state_compliance (is_active) WHERE is_active;

-- The latest check-in of the day stays open: being checked in again means that the earlier one was left unfinished.
DO $$
BEGIN
  WITH surplus AS MATERIALIZED (
    SELECT id FROM (
      SELECT id, row_number() OVER (
        PARTITION BY child_id, date::date ORDER BY check_in_time DESC, created_at DESC NULLS LAST, id DESC
      ) AS place
      FROM public.attendance WHERE check_out_time IS NULL
    ) AS ranked WHERE place > 1
  ), kept AS (
    INSERT INTO public.data_quarantine (schema_name, table_name, row_key, column_name, old_value, reason, source)
    SELECT 'public', 'attendance', jsonb_build_object('id', id), 'check_out_time', NULL,
      'The child had a later open attendance on that day.', '0015_one_open_row' FROM surplus
    ON CONFLICT DO NOTHING
  ), reported AS (
    INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
    SELECT 'several-open-attendances', 'public', 'attendance', jsonb_build_object('id', id), 'check_out_time',
      'The child had a later open attendance on that day; this one was closed at its check-in time.',
      '0015_one_open_row' FROM surplus
    ON CONFLICT DO NOTHING
  )
  UPDATE public.attendance SET check_out_time = check_in_time FROM surplus
  WHERE attendance.id = surplus.id AND check_out_time IS NULL;
END
$$;
CREATE UNIQUE INDEX CONCURRENTLY attendance_open_key ON public.attendance (child_id, (date::date))
  WHERE check_out_time IS NULL;

DO $$
BEGIN
  WITH surplus AS MATERIALIZED (
    SELECT id FROM (
      SELECT id, row_number() OVER (
        PARTITION BY staff_id, date ORDER BY clock_in_time DESC, created_at DESC NULLS LAST, id DESC
      ) AS place
      FROM public.timesheet_entries WHERE clock_in_time IS NOT NULL AND clock_out_time IS NULL
    ) AS ranked WHERE place > 1
  ), kept AS (
    INSERT INTO public.data_quarantine (schema_name, table_name, row_key, column_name, old_value, reason, source)
    SELECT 'public', 'timesheet_entries', jsonb_build_object('id', id), 'clock_out_time', NULL,
      'The person had a later open entry on that day.', '0015_one_open_row' FROM surplus
    ON CONFLICT DO NOTHING
  ), reported AS (
    INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
    SELECT 'several-open-timesheet-entries', 'public', 'timesheet_entries', jsonb_build_object('id', id),
      'clock_out_time',
      'The person had a later open entry on that day; this one was closed at its clock-in time.',
      '0015_one_open_row' FROM surplus
    ON CONFLICT DO NOTHING
  )
  UPDATE public.timesheet_entries SET clock_out_time = clock_in_time FROM surplus
  WHERE timesheet_entries.id = surplus.id AND clock_out_time IS NULL;
END
$$;
CREATE UNIQUE INDEX CONCURRENTLY timesheet_entries_open_key ON public.timesheet_entries (staff_id, date)
  WHERE clock_in_time IS NOT NULL AND clock_out_time IS NULL;
