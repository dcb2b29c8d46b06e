-- Takes the columns away again, except those that an earlier attempt had added. Rows that hold more in them than
-- their defaults and their older twins are copied into schema archive first.

DO $$
DECLARE
  kept record;
  filled boolean;
BEGIN
  FOR kept IN
    SELECT * FROM (VALUES
      ('daily_reports', 'id, email_status, email_message_id',
        'email_status <> ''pending'' OR email_message_id IS NOT NULL'),
      ('pay_stubs', 'id, pay_stub_pdf_url', 'pay_stub_pdf_url IS NOT NULL'),
      ('payroll_audit', 'id, entity_type, entity_id, performed_by, reason, created_at',
        'reason IS NOT NULL OR (entity_type, entity_id, performed_by, created_at)'
        ' IS DISTINCT FROM (table_name, record_id, changed_by, changed_at)'),
      ('payroll_reports', 'id, created_at', 'created_at IS DISTINCT FROM generated_at')
    ) AS listed (table_name, columns, condition)
  LOOP
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', kept.table_name);
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE %s)', kept.table_name, kept.condition)
      INTO filled;
    IF filled THEN
      CREATE SCHEMA IF NOT EXISTS archive;
      EXECUTE format('CREATE TABLE archive.%I AS SELECT %s FROM public.%I WHERE %s',
        kept.table_name || '_before_down_' || to_char(clock_timestamp(), 'YYYYMMDDHH24MISSMS'),
        kept.columns, kept.table_name, kept.condition);
    END IF;
  END LOOP;
END
$$;

DROP TRIGGER payroll_audit_fill_names ON public.payroll_audit;
DROP FUNCTION public.fill_payroll_audit_names();

DO $$
DECLARE
  added record;
BEGIN
  FOR added IN
    SELECT * FROM (VALUES
      ('daily_reports', 'email_status'),
      ('daily_reports', 'email_message_id'),
      ('pay_stubs', 'pay_stub_pdf_url'),
      ('payroll_audit', 'entity_type'),
      ('payroll_audit', 'entity_id'),
      ('payroll_audit', 'performed_by'),
      ('payroll_audit', 'reason'),
      ('payroll_audit', 'created_at'),
      ('payroll_reports', 'created_at')
    ) AS listed (table_name, column_name)
  LOOP
    IF EXISTS (
      SELECT FROM public.data_findings AS finding
      WHERE finding.rule = 'column-already-present' AND finding.source = '0003_missing_columns'
        AND finding.table_name = added.table_name AND finding.column_name = added.column_name
    ) THEN
      EXECUTE format('COMMENT ON COLUMN public.%I.%I IS NULL', added.table_name, added.column_name);
    ELSE
      EXECUTE format('ALTER TABLE public.%I DROP COLUMN %I', added.table_name, added.column_name);
    END IF;
  END LOOP;
END
$$;
