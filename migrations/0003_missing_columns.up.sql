-- Columns that the application selects and the database lacks, so that those questions fail today. A column that
-- an earlier attempt added stays as it is and is reported; the down file then leaves it too.
--
-- created_at gets its default after it exists: rows written earlier are dated by the back-fill, not by this run.

DO $$
DECLARE
  missing record;
BEGIN
  FOR missing IN
    SELECT * FROM (VALUES
      ('daily_reports', 'email_status', 'text DEFAULT ''pending'' NOT NULL', NULL),
      ('daily_reports', 'email_message_id', 'text', NULL),
      ('pay_stubs', 'pay_stub_pdf_url', 'text', NULL),
      ('payroll_audit', 'entity_type', 'text', NULL),
      ('payroll_audit', 'entity_id', 'text', NULL),
      ('payroll_audit', 'performed_by', 'text', NULL),
      ('payroll_audit', 'reason', 'text', NULL),
      ('payroll_audit', 'created_at', 'timestamp', 'now()'),
      ('payroll_reports', 'created_at', 'timestamp', 'now()')
    ) AS listed (table_name, column_name, definition, later_default)
  LOOP
    IF EXISTS (
      SELECT FROM pg_catalog.pg_attribute
      WHERE attrelid = format('public.%I', missing.table_name)::regclass
        AND attname = missing.column_name AND NOT attisdropped
    ) THEN
      INSERT INTO public.data_findings (rule, schema_name, table_name, column_name, message, source)
      VALUES ('column-already-present', 'public', missing.table_name, missing.column_name,
        'The column was there before this migration and was left as it is.', '0003_missing_columns')
      ON CONFLICT DO NOTHING;
      CONTINUE;
    END IF;
    EXECUTE format('ALTER TABLE public.%I ADD COLUMN %I %s',
      missing.table_name, missing.column_name, missing.definition);
    IF missing.later_default IS NOT NULL THEN
      EXECUTE format('ALTER TABLE public.%I ALTER COLUMN %I SET DEFAULT %s',
        missing.table_name, missing.column_name, missing.later_default);
    END IF;
  END LOOP;
END
$$;

COMMENT ON COLUMN public.daily_reports.email_status IS 'How far the e-mail to the parents got; pending until it is sent';
COMMENT ON COLUMN public.daily_reports.email_message_id IS 'Id that the mail service gave the message';
COMMENT ON COLUMN public.pay_stubs.pay_stub_pdf_url IS 'Where the printable pay stub is';
COMMENT ON COLUMN public.payroll_audit.entity_type IS 'Kind of record; the same fact as table_name under the name that newer code uses';
COMMENT ON COLUMN public.payroll_audit.entity_id IS 'The record; the same fact as record_id under the name that newer code uses';
COMMENT ON COLUMN public.payroll_audit.performed_by IS 'Who did it; the same fact as changed_by under the name that newer code uses';
COMMENT ON COLUMN public.payroll_audit.reason IS 'Why it was done, in words';
COMMENT ON COLUMN public.payroll_audit.created_at IS 'When the row was written, in UTC';
COMMENT ON COLUMN public.payroll_reports.created_at IS 'When the row was written, in UTC';

-- Code that knows only one set of names leaves the other empty, and three of the old ones are NOT NULL. An insert
-- that names the record in neither way is refused as before.
CREATE FUNCTION public.fill_payroll_audit_names() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NEW.entity_type IS NOT NULL THEN
    NEW.action := coalesce(NEW.action, 'unspecified');
  END IF;
  NEW.table_name := coalesce(NEW.table_name, NEW.entity_type);
  NEW.entity_type := coalesce(NEW.entity_type, NEW.table_name);
  NEW.record_id := coalesce(NEW.record_id, NEW.entity_id);
  NEW.entity_id := coalesce(NEW.entity_id, NEW.record_id);
  NEW.changed_by := coalesce(NEW.changed_by, NEW.performed_by);
  NEW.performed_by := coalesce(NEW.performed_by, NEW.changed_by);
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION public.fill_payroll_audit_names() IS 'Fills the old names of a payroll audit row from the new ones and the other way round';
REVOKE ALL ON FUNCTION public.fill_payroll_audit_names() FROM PUBLIC;

-- Runs before payroll_audit_register_actors: triggers of one event fire in the order of their names.
CREATE TRIGGER payroll_audit_fill_names BEFORE INSERT ON public.payroll_audit
FOR EACH ROW EXECUTE FUNCTION public.fill_payroll_audit_names();
