-- Makes of the migrated fixture a database that has been in use for years: every table that grows with use gets copies of
-- its rows, ever older ones, and the people ten times fewer. What only the newest rows are (open, active, unread) the
-- copies are not. Triggers and keys rest meanwhile; the copies keep them.
--
-- The setting grow.scale says how many times the rows are there afterwards; tables with few rows get 6,000 at least.

SET session_replication_role = replica;

-- Tables that the fixture leaves empty: a row per child, or per member of staff.
INSERT INTO public.messages (id, sender_id, recipient_type, recipient_id, content, created_at)
SELECT 'message-' || n || p.id, (SELECT min(id) FROM public.staff), 'parent', p.id, 'Good morning', '2025-08-10 08:00'
FROM public.parents AS p CROSS JOIN generate_series(1, 10) AS n;
INSERT INTO public.messages (id, sender_id, recipient_type, content, created_at)
SELECT 'broadcast', min(id), 'broadcast', 'Closed on Friday', '2025-08-10 09:00' FROM public.staff;
INSERT INTO public.billing
  (id, child_id, period_start, period_end, attendance_days, tuition_amount, total_amount, due_date, status, created_at)
SELECT 'invoice-' || id, id, '2025-07-01', '2025-07-31', 20, 90000, 90000, '2025-08-15', 'pending', '2025-08-01'
FROM public.children;
INSERT INTO public.daily_reports (id, child_id, date, attendance_status, created_at)
SELECT 'report-' || id, id, '2025-08-10', 'present', '2025-08-10 16:00' FROM public.children;
INSERT INTO public.teacher_notes (id, child_id, staff_id, date, note, created_at)
SELECT 'note-' || id, id, (SELECT min(id) FROM public.staff), '2025-08-10', 'Slept well', '2025-08-10 16:00'
FROM public.children;
INSERT INTO public.media_shares (id, child_id, staff_id, media_url, media_type, created_at)
SELECT 'photo-' || id, id, (SELECT min(id) FROM public.staff), '/photo', 'photo', '2025-08-10 16:00'
FROM public.children;
INSERT INTO public.child_schedules (id, child_id, room, date, scheduled_arrival, scheduled_departure)
SELECT 'schedule-' || id, id, room, '2025-08-10', '2025-08-10 08:00', '2025-08-10 16:00' FROM public.children;
INSERT INTO public.document_reminders
  (id, document_id, reminder_type, reminder_date, message, priority, is_active, created_at)
SELECT 'reminder-' || id, id, 'expiration_warning', '2025-08-10', 'Expires soon', 'medium', true, '2025-08-01'
FROM public.documents;
INSERT INTO public.payroll_audit (id, table_name, record_id, action, changed_by, changed_at)
SELECT 'audit-' || id, 'staff', id, 'update', 'admin', '2025-08-10' FROM public.staff;

-- How many there are of each person afterwards.
CREATE FUNCTION pg_temp.people() RETURNS int LANGUAGE sql AS $$
  SELECT greatest(current_setting('grow.scale')::int / 10, 1)
$$;

-- Copies of all rows of a table: ids with a number behind, times so many days earlier, people spread over their copies,
-- and `changes` (column → expression of the row o and the number n) for what must not stay as it is.
CREATE FUNCTION pg_temp.grow(target regclass, times int, changes jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  names text;
  expressions text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
    string_agg(CASE
      WHEN changes ? attname THEN changes ->> attname
      WHEN attname = 'id' THEN $e$o.id || '~' || n$e$
      WHEN attname IN ('child_id', 'staff_id', 'recipient_id')
        THEN format($e$o.%1$I || CASE n %% %2$s WHEN 0 THEN '' ELSE '~' || n %% %2$s END$e$, attname, pg_temp.people())
      WHEN atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype, 'date'::regtype)
        THEN format('(o.%I - n * interval ''1 day'')::%s', attname, format_type(atttypid, NULL))
      ELSE format('o.%I', attname)
    END, ', ' ORDER BY attnum)
  INTO names, expressions
  FROM pg_catalog.pg_attribute
  WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s AS o CROSS JOIN generate_series(1, $1) AS n',
    target, names, expressions, target) USING times - 1;
END
$$;

-- Of what there is a little every day.
CREATE FUNCTION pg_temp.grow_with_use(target regclass, changes jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  existing int;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s', target) INTO existing;
  PERFORM pg_temp.grow(target, greatest(current_setting('grow.scale')::int, ceil(6000.0 / existing)::int), changes);
END
$$;

SELECT pg_temp.grow('public.children', pg_temp.people(), '{"parent_id": "NULL", "date_of_birth": "o.date_of_birth"}'),
  pg_temp.grow('public.parents', pg_temp.people(),
    '{"email": "n || o.email", "username": "n || o.username", "children_ids": "NULL"}'),
  pg_temp.grow('public.staff', pg_temp.people(), '{"email": "n || o.email", "employee_number": "NULL"}'),
  pg_temp.grow_with_use('public.alerts', '{"is_read": "true"}'),
  pg_temp.grow_with_use('public.attendance', '{"check_out_time": "o.check_in_time - n * interval ''1 day'' + interval ''8 hours''"}'),
  pg_temp.grow_with_use('public.billing', '{"status": "''paid''"}'),
  pg_temp.grow_with_use('public.child_schedules'),
  pg_temp.grow_with_use('public.daily_reports'),
  pg_temp.grow_with_use('public.document_reminders', '{"sent_at": "o.reminder_date - n * interval ''1 day''"}'),
  pg_temp.grow_with_use('public.media_shares'),
  pg_temp.grow_with_use('public.messages'),
  pg_temp.grow_with_use('public.payroll_audit'),
  pg_temp.grow_with_use('public.safety_reminder_completions'),
  pg_temp.grow_with_use('public.security_logs'),
  pg_temp.grow_with_use('public.session_activity', '{"session_id": "o.session_id || ''~'' || n"}'),
  pg_temp.grow_with_use('public.sessions', '{"is_active": "false", "end_reason": "''expired''"}'),
  pg_temp.grow_with_use('public.staff_schedules'),
  pg_temp.grow_with_use('public.teacher_notes'),
  pg_temp.grow_with_use('public.timesheet_entries', '{"clock_out_time": "o.clock_in_time - n * interval ''1 day'' + interval ''8 hours''"}'),
  pg_temp.grow_with_use('public.user_sessions', '{"sid": "o.sid || ''~'' || n"}');

RESET session_replication_role;
