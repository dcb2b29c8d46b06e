-- Two tables that later steps write to before they touch anything: no old value is overwritten unless it is in
-- data_quarantine first, and what no machine can decide is written down in data_findings instead of raised.

CREATE TABLE public.data_quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  row_key jsonb NOT NULL,
  column_name text NOT NULL,
  old_value text,
  encrypted boolean DEFAULT false NOT NULL,
  reason text NOT NULL,
  source text NOT NULL,
  quarantined_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT data_quarantine_pkey PRIMARY KEY (id),
  CONSTRAINT data_quarantine_value_key UNIQUE (schema_name, table_name, row_key, column_name, source)
);

COMMENT ON TABLE public.data_quarantine IS 'Old values that a migration or a treatment of secrets replaced, one row per value, so that nothing is lost and a step can be undone';
COMMENT ON COLUMN public.data_quarantine.id IS 'Number of the entry';
COMMENT ON COLUMN public.data_quarantine.schema_name IS 'Schema of the table that held the value';
COMMENT ON COLUMN public.data_quarantine.table_name IS 'Table that held the value';
COMMENT ON COLUMN public.data_quarantine.column_name IS 'Column that held the value';
COMMENT ON COLUMN public.data_quarantine.row_key IS 'Primary key of the row as a JSON object of text values';
COMMENT ON COLUMN public.data_quarantine.old_value IS 'The value as text (dates in ISO form, arrays as PostgreSQL prints them), or its ciphertext; null where the value was null';
COMMENT ON COLUMN public.data_quarantine.encrypted IS 'Whether old_value is ciphertext: secrets and personal data are kept here in no other form';
COMMENT ON COLUMN public.data_quarantine.reason IS 'Why the value was replaced, in words';
COMMENT ON COLUMN public.data_quarantine.source IS 'The step that replaced it: name of the migration or treatment';
COMMENT ON COLUMN public.data_quarantine.quarantined_at IS 'When the value was replaced';

CREATE TABLE public.data_findings (
  id bigint GENERATED ALWAYS AS IDENTITY,
  rule text NOT NULL,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  row_key jsonb,
  column_name text,
  message text NOT NULL,
  source text NOT NULL,
  found_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT data_findings_pkey PRIMARY KEY (id),
  CONSTRAINT data_findings_fact_key UNIQUE NULLS NOT DISTINCT
    (rule, schema_name, table_name, row_key, column_name, source)
);

COMMENT ON TABLE public.data_findings IS 'What is wrong in the data and only people can decide; each fact once, never with the value itself';
COMMENT ON COLUMN public.data_findings.id IS 'Number of the finding';
COMMENT ON COLUMN public.data_findings.schema_name IS 'Schema of the table that it is about';
COMMENT ON COLUMN public.data_findings.table_name IS 'Table that it is about';
COMMENT ON COLUMN public.data_findings.column_name IS 'Column that it is about; null when the whole row or table is meant';
COMMENT ON COLUMN public.data_findings.found_at IS 'When it was found first';
COMMENT ON COLUMN public.data_findings.rule IS 'Kind of finding, a kebab-case noun';
COMMENT ON COLUMN public.data_findings.row_key IS 'Primary key of the row as a JSON object of text values; null when the whole column or table is meant';
COMMENT ON COLUMN public.data_findings.message IS 'What was found and what to do, in words';
COMMENT ON COLUMN public.data_findings.source IS 'The step or trigger that found it';
