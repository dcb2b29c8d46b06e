-- Opens again what the up file closed and nobody touched since, and takes those values out of the quarantine.

DO $$
BEGIN
  PERFORM set_config('datestyle', 'ISO, YMD', true);
  WITH old AS (
    SELECT row_key ->> 'id' AS id,
      max(old_value) FILTER (WHERE column_name = 'is_active')::boolean AS is_active,
      max(old_value) FILTER (WHERE column_name = 'end_time')::timestamp AS end_time,
      max(old_value) FILTER (WHERE column_name = 'end_reason') AS end_reason
    FROM public.data_quarantine
    WHERE source = '0010_close_stale_sessions' AND table_name = 'sessions'
    GROUP BY 1
  ), restored AS (
    UPDATE public.sessions AS login
    SET is_active = old.is_active, end_time = old.end_time, end_reason = old.end_reason
    FROM old
    WHERE login.id = old.id AND NOT login.is_active AND login.end_reason = 'expired'
      AND login.end_time = login.last_activity
    RETURNING login.id
  )
  DELETE FROM public.data_quarantine AS value
  USING restored
  WHERE value.source = '0010_close_stale_sessions' AND value.table_name = 'sessions'
    AND value.row_key ->> 'id' = restored.id;
END
$$;
