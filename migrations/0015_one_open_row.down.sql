-- tothub: no-transaction
--
-- Takes the rules away and opens again what was closed for them and nobody touched since.

DROP INDEX CONCURRENTLY IF EXISTS public.timesheet_entries_open_key;
DROP INDEX CONCURRENTLY IF EXISTS public.attendance_open_key;
DROP INDEX CONCURRENTLY IF EXISTS public.state_compliance_active_key;

DO $$
BEGIN
  WITH restored AS (
    UPDATE public.timesheet_entries AS entry SET clock_out_time = NULL
    FROM public.data_quarantine AS value
    WHERE value.source = '0015_one_open_row' AND value.table_name = 'timesheet_entries'
      AND entry.id = value.row_key ->> 'id' AND entry.clock_out_time = entry.clock_in_time
    RETURNING value.id
  )
  DELETE FROM public.data_quarantine AS value USING restored WHERE value.id = restored.id;
  WITH restored AS (
    UPDATE public.attendance SET check_out_time = NULL
    FROM public.data_quarantine AS value
    WHERE value.source = '0015_one_open_row' AND value.table_name = 'attendance'
      AND attendance.id = value.row_key ->> 'id' AND attendance.check_out_time = attendance.check_in_time
    RETURNING value.id
  )
  DELETE FROM public.data_quarantine AS value USING restored WHERE value.id = restored.id;
  WITH restored AS (
    UPDATE public.state_compliance AS compliance SET is_active = true
    FROM public.data_quarantine AS value
    WHERE value.source = '0015_one_open_row' AND value.table_name = 'state_compliance'
      AND compliance.id = value.row_key ->> 'id' AND NOT compliance.is_active
    RETURNING value.id
  )
  DELETE FROM public.data_quarantine AS value USING restored WHERE value.id = restored.id;
END
$$;
