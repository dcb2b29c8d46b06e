/** A quarantine as `contractSecrets` and `hashColumn` take it. */
export const QUARANTINE_TABLE = `CREATE TABLE data_quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, schema_name text, table_name text, row_key jsonb, column_name text,
  old_value text, encrypted boolean NOT NULL DEFAULT false, reason text, source text,
  UNIQUE (schema_name, table_name, row_key, column_name, source))`;
