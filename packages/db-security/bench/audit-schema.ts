/** The tables of the audit bench, alike but for their triggers, and the trigger most projects have. */
const COLUMNS = `id bigint PRIMARY KEY, first_name text, last_name text, email text, phone text, note text, details jsonb,
  birthday date, balance numeric(10, 2), active boolean, updated_at timestamptz, room int`;

export const AUDIT_BENCH_SCHEMA = `
CREATE TABLE source (${COLUMNS}); CREATE TABLE none (${COLUMNS}); CREATE TABLE plain (${COLUMNS});
CREATE TABLE compact (${COLUMNS}); CREATE TABLE "full" (${COLUMNS}); CREATE TABLE bare (${COLUMNS}); CREATE TABLE supa_audit (${COLUMNS});
CREATE FUNCTION made(rows int) RETURNS SETOF source LANGUAGE sql AS $$
  SELECT i, 'First' || i, 'Last name ' || i * 7 % 1000, 'parent' || i || '@example.com', '+1 555 ' || lpad((i % 10000)::text, 7, '0'),
    rpad('note ' || i || ' ', 80, 'lorem ipsum '),
    jsonb_build_object('allergies', '["nuts", "milk"]'::jsonb, 'meals', i % 5, 'pickup', 'grandmother ' || i % 100, 'flags', 'abc def'),
    date '2018-01-01' + i % 2000, i % 100000 / 100.0, i % 2 = 0, timestamptz '2024-01-01' + i * interval '1 minute', i % 40
  FROM generate_series(1, rows) AS i
$$;
CREATE TABLE plain_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), table_name text NOT NULL,
  row_id text, operation text NOT NULL, old_data jsonb, new_data jsonb, changed_by text DEFAULT current_user);
CREATE INDEX ON plain_log (table_name, row_id);
CREATE FUNCTION plain_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO plain_log (table_name, row_id, operation, new_data) VALUES (TG_TABLE_NAME, NEW.id, TG_OP, to_jsonb(NEW));
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO plain_log (table_name, row_id, operation, old_data, new_data) VALUES (TG_TABLE_NAME, NEW.id, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
  ELSE
    INSERT INTO plain_log (table_name, row_id, operation, old_data) VALUES (TG_TABLE_NAME, OLD.id, TG_OP, to_jsonb(OLD));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON plain FOR EACH ROW EXECUTE FUNCTION plain_audit()`;

/**
 * The least that a statement trigger on our log does: it logs the key, and neither values nor hash. What it costs, every
 * way of recording with transition tables into such a log costs.
 */
export const BARE_AUDIT = `
CREATE FUNCTION audit.bare() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET jit = off AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit.log (schema_name, table_name, operation, row_key, login_role)
    SELECT 'public', 'bare', 'INSERT', ARRAY[n.id::text], session_user FROM new_rows AS n;
  ELSE
    INSERT INTO audit.log (schema_name, table_name, operation, row_key, login_role)
    SELECT 'public', 'bare', 'UPDATE', ARRAY[o.id::text], session_user FROM old_rows AS o;
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION audit.bare() OWNER TO audit_writer;
CREATE TRIGGER bare_insert AFTER INSERT ON bare REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.bare();
CREATE TRIGGER bare_update AFTER UPDATE ON bare REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.bare()`;
