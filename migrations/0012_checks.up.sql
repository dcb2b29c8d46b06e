-- CHECKs for the closed sets of values of the application, and for those only: open text and the states of the payment
-- service get none. NULL stays allowed where it was. A set that existing rows already break gets no CHECK, because
-- the next update of such a row would fail: it is reported instead, with a count and never the value.
--
-- All rows are counted first and all CHECKs added after that, NOT VALID, so that the strong locks are held for
-- a moment only. A later file validates them.

DO $$
DECLARE
  closed record;
  offending bigint;
  command text;
  commands text[] := '{}';
BEGIN
  FOR closed IN
    SELECT *, format('%s_%s_check', table_name, column_name) AS name FROM (VALUES
      ('alerts', 'severity', '{info,low,medium,warning,high,critical,HIGH}'::text[]),
      ('attendance', 'biometric_method', '{face,fingerprint,manual}'::text[]),
      ('billing', 'status', '{pending,sent,paid,overdue}'::text[]),
      ('child_schedules', 'schedule_type', '{regular,parttime,dropin,field_trip}'::text[]),
      ('child_schedules', 'status', '{scheduled,confirmed,cancelled,completed}'::text[]),
      ('children', 'blood_type', '{A+,A-,B+,B-,AB+,AB-,O+,O-}'::text[]),
      ('children', 'enrollment_status', '{enrolled,unenrolled,aged_out}'::text[]),
      ('daily_reports', 'attendance_status', '{present,absent,late}'::text[]),
      ('document_reminders', 'priority', '{low,medium,high,critical}'::text[]),
      ('document_reminders', 'reminder_type', '{expiration_warning,renewal_required,overdue}'::text[]),
      ('document_types', 'category', '{insurance,license,certification,legal}'::text[]),
      ('document_types', 'renewal_frequency', '{yearly,quarterly,biannual,custom}'::text[]),
      ('documents', 'status', '{active,expired,pending_renewal,suspended}'::text[]),
      ('media_shares', 'media_type', '{photo,video}'::text[]),
      ('messages', 'priority', '{low,normal,high,urgent}'::text[]),
      ('messages', 'recipient_type', '{parent,staff,broadcast}'::text[]),
      ('pay_periods', 'status', '{open,processing,paid,closed}'::text[]),
      ('safety_reminders', 'category', '{fire_safety,equipment,drills,maintenance,inspection}'::text[]),
      ('safety_reminders', 'frequency', '{daily,weekly,monthly,quarterly,yearly,custom}'::text[]),
      ('safety_reminders', 'priority', '{low,medium,high,critical}'::text[]),
      ('schedule_templates', 'entity_type', '{staff,child}'::text[]),
      ('security_credentials', 'credential_type', '{pin,rfid,biometric,mobile}'::text[]),
      ('security_devices', 'connection_type', '{serial,network,bluetooth,gpio}'::text[]),
      ('security_devices', 'fail_safe_mode', '{secure,unlock}'::text[]),
      ('security_devices', 'status', '{online,offline,error}'::text[]),
      ('security_devices', 'type', '{keypad,rfid,biometric,mobile,intercom,magnetic}'::text[]),
      ('security_logs', 'action', '{unlock,lock,attempt_failed,system_error,system_connect,system_update}'::text[]),
      ('security_logs', 'method', '{pin,rfid,biometric,mobile,manual,remote,emergency}'::text[]),
      ('sessions', 'end_reason', '{logout,expired,forced}'::text[]),
      ('sessions', 'role', '{director,teacher,staff,parent}'::text[]),
      ('staff', 'pay_type', '{hourly,salary}'::text[]),
      ('staff', 'tax_filing_status', '{single,married_jointly,married_separately,head_of_household}'::text[]),
      ('staff_schedules', 'schedule_type', '{regular,substitute,overtime,training}'::text[]),
      ('staff_schedules', 'status', '{scheduled,confirmed,cancelled,completed}'::text[]),
      ('teacher_notes', 'category', '{behavior,learning,health,general}'::text[])
    ) AS listed (table_name, column_name, accepted)
  LOOP
    CONTINUE WHEN EXISTS (
      SELECT FROM pg_catalog.pg_constraint
      WHERE conrelid = format('public.%I', closed.table_name)::regclass AND conname = closed.name
    );
    EXECUTE format('SELECT count(*) FROM public.%I WHERE %I <> ALL ($1)', closed.table_name, closed.column_name)
      INTO offending USING closed.accepted;
    IF offending > 0 THEN
      INSERT INTO public.data_findings (rule, schema_name, table_name, column_name, message, source)
      VALUES ('value-outside-domain', 'public', closed.table_name, closed.column_name,
        format('%s rows hold a value that the application does not know, so the column got no CHECK.', offending),
        '0012_checks')
      ON CONFLICT DO NOTHING;
    ELSE
      commands := commands || format('ALTER TABLE public.%I ADD CONSTRAINT %I CHECK (%I IN (%s)) NOT VALID',
        closed.table_name, closed.name, closed.column_name,
        (SELECT string_agg(quote_literal(value), ', ') FROM unnest(closed.accepted) AS value));
    END IF;
  END LOOP;

  FOREACH command IN ARRAY commands LOOP
    EXECUTE command;
  END LOOP;
END
$$;
