-- Proves the rules of the two files before against the rows that were there already. This reads each table without
-- keeping anybody from writing, and so stands in a transaction of its own.

ALTER TABLE public.children VALIDATE CONSTRAINT children_parent_id_fkey;
ALTER TABLE public.children VALIDATE CONSTRAINT children_primary_guardian_fkey;
ALTER TABLE public.sessions VALIDATE CONSTRAINT sessions_user_id_fkey;
ALTER TABLE public.user_profiles VALIDATE CONSTRAINT user_profiles_user_id_fkey;
ALTER TABLE public.security_credentials VALIDATE CONSTRAINT security_credentials_user_id_fkey;
ALTER TABLE public.security_logs VALIDATE CONSTRAINT security_logs_user_id_fkey;
ALTER TABLE public.documents VALIDATE CONSTRAINT documents_created_by_fkey;
ALTER TABLE public.documents VALIDATE CONSTRAINT documents_updated_by_fkey;
ALTER TABLE public.document_reminders VALIDATE CONSTRAINT document_reminders_acknowledged_by_fkey;
ALTER TABLE public.document_renewals VALIDATE CONSTRAINT document_renewals_processed_by_fkey;
ALTER TABLE public.safety_reminders VALIDATE CONSTRAINT safety_reminders_created_by_fkey;
ALTER TABLE public.safety_reminders VALIDATE CONSTRAINT safety_reminders_assigned_to_fkey;
ALTER TABLE public.safety_reminder_completions VALIDATE CONSTRAINT safety_reminder_completions_completed_by_fkey;
ALTER TABLE public.timesheet_entries VALIDATE CONSTRAINT timesheet_entries_approved_by_fkey;
ALTER TABLE public.pay_periods VALIDATE CONSTRAINT pay_periods_processed_by_fkey;
ALTER TABLE public.payroll_reports VALIDATE CONSTRAINT payroll_reports_generated_by_fkey;
ALTER TABLE public.payroll_audit VALIDATE CONSTRAINT payroll_audit_changed_by_fkey;

-- A value from outside that slipped in between the count and the CHECK: report it as that file would have done.
DO $$
DECLARE
  added record;
BEGIN
  FOR added IN
    SELECT con.conname, rel.relname, att.attname
    FROM pg_catalog.pg_constraint AS con
    JOIN pg_catalog.pg_class AS rel ON rel.oid = con.conrelid
    JOIN pg_catalog.pg_attribute AS att ON att.attrelid = con.conrelid AND att.attnum = con.conkey[1]
    WHERE con.connamespace = 'public'::regnamespace AND con.contype = 'c' AND NOT con.convalidated
      AND con.conname = format('%s_%s_check', rel.relname, att.attname)
    ORDER BY con.conname
  LOOP
    BEGIN
      EXECUTE format('ALTER TABLE public.%I VALIDATE CONSTRAINT %I', added.relname, added.conname);
    EXCEPTION WHEN check_violation THEN
      EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT %I', added.relname, added.conname);
      INSERT INTO public.data_findings (rule, schema_name, table_name, column_name, message, source)
      VALUES ('value-outside-domain', 'public', added.relname, added.attname,
        'Rows hold a value that the application does not know, so the column got no CHECK.', '0012_checks')
      ON CONFLICT DO NOTHING;
    END;
  END LOOP;
END
$$;
