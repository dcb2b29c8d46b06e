-- Every rule is added NOT VALID here, which takes a short lock and reads no old row, and validated in the next file.
--
-- ON DELETE: SET NULL for optional actors; RESTRICT where the row is evidence (licensing, money, payroll, security,
-- logins). The 25 keys that the database had keep their NO ACTION, which refuses the same deletes.
--
-- CHECKs are for the closed sets of values of the application only; open text and the states of the payment service
-- get none. NULL stays allowed where it was. A set that existing rows already break gets no CHECK, because the next
-- update of such a row would fail: it is reported instead, with a count.

ALTER TABLE public.sessions ADD CONSTRAINT sessions_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.user_profiles ADD CONSTRAINT user_profiles_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.security_credentials ADD CONSTRAINT security_credentials_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.security_logs ADD CONSTRAINT security_logs_user_id_fkey
  FOREIGN KEY (user_id) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.documents ADD CONSTRAINT documents_created_by_fkey
  FOREIGN KEY (created_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.documents ADD CONSTRAINT documents_updated_by_fkey
  FOREIGN KEY (updated_by) REFERENCES public.principals (id) ON DELETE SET NULL NOT VALID;
ALTER TABLE public.document_reminders ADD CONSTRAINT document_reminders_acknowledged_by_fkey
  FOREIGN KEY (acknowledged_by) REFERENCES public.principals (id) ON DELETE SET NULL NOT VALID;
ALTER TABLE public.document_renewals ADD CONSTRAINT document_renewals_processed_by_fkey
  FOREIGN KEY (processed_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.safety_reminders ADD CONSTRAINT safety_reminders_created_by_fkey
  FOREIGN KEY (created_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.safety_reminders ADD CONSTRAINT safety_reminders_assigned_to_fkey
  FOREIGN KEY (assigned_to) REFERENCES public.principals (id) ON DELETE SET NULL NOT VALID;
ALTER TABLE public.safety_reminder_completions ADD CONSTRAINT safety_reminder_completions_completed_by_fkey
  FOREIGN KEY (completed_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.timesheet_entries ADD CONSTRAINT timesheet_entries_approved_by_fkey
  FOREIGN KEY (approved_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.pay_periods ADD CONSTRAINT pay_periods_processed_by_fkey
  FOREIGN KEY (processed_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.payroll_reports ADD CONSTRAINT payroll_reports_generated_by_fkey
  FOREIGN KEY (generated_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;
ALTER TABLE public.payroll_audit ADD CONSTRAINT payroll_audit_changed_by_fkey
  FOREIGN KEY (changed_by) REFERENCES public.principals (id) ON DELETE RESTRICT NOT VALID;

-- A key that an earlier attempt put on children.parent_id would stand in the way of deleting a parent. It makes room
-- for the two below; its definition is kept as a finding.
DO $$
DECLARE
  earlier record;
BEGIN
  FOR earlier IN
    SELECT con.conname, pg_catalog.pg_get_constraintdef(con.oid) AS definition
    FROM pg_catalog.pg_constraint AS con
    JOIN pg_catalog.pg_attribute AS att ON att.attrelid = con.conrelid AND att.attname = 'parent_id'
    WHERE con.conrelid = 'public.children'::regclass AND con.contype = 'f' AND att.attnum = ANY (con.conkey)
  LOOP
    INSERT INTO public.data_findings (rule, schema_name, table_name, row_key, column_name, message, source)
    VALUES ('constraint-replaced', 'public', 'children', jsonb_build_object('constraint', earlier.conname),
      'parent_id', format('Replaced a key that was there before: %s', earlier.definition), '0011_constraints')
    ON CONFLICT DO NOTHING;
    EXECUTE format('ALTER TABLE public.children DROP CONSTRAINT %I', earlier.conname);
  END LOOP;
END
$$;

ALTER TABLE public.children ADD CONSTRAINT children_parent_id_fkey
  FOREIGN KEY (parent_id) REFERENCES public.parents (id) ON UPDATE CASCADE ON DELETE SET NULL NOT VALID;
-- Only a guardian can be the primary one. Deferred, so that a link and its mark may come in either order.
ALTER TABLE public.children ADD CONSTRAINT children_primary_guardian_fkey
  FOREIGN KEY (parent_id, id) REFERENCES public.child_guardians (parent_id, child_id)
  ON DELETE SET NULL (parent_id) DEFERRABLE INITIALLY DEFERRED NOT VALID;

DO $$
DECLARE
  closed record;
  offending bigint;
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
        '0011_constraints')
      ON CONFLICT DO NOTHING;
    ELSE
      EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I CHECK (%I IN (%s)) NOT VALID',
        closed.table_name, closed.name, closed.column_name,
        (SELECT string_agg(quote_literal(value), ', ') FROM unnest(closed.accepted) AS value));
    END IF;
  END LOOP;
END
$$;
