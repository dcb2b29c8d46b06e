/**
 * The function that records one table and its partitions: static SQL, which PostgreSQL plans once a session. It comes
 * out of `recording_function(relation, config)` when the table is audited, and is made again when columns change.
 */
import { quoteLiteral } from '@tothub/db-catalog';
import { loggingClauses } from './recording-settings.ts';
import { LARGE_SETTING, recordingStatementFunction } from './recording-statement.ts';

/**
 * `recording_function(relation, config)`: the body for a table as it is now. Before each statement it asks, of the rows
 * at hand, whether the table is still the same: an empty statement costs no more, and the static SQL is not even parsed
 * when a column that it names has gone.
 */
function bodyFunction(s: string): string {
  const quoted = s.replaceAll('%', '%%');
  const branch = (rows: string, operation: string) => `
    SELECT ${quoted}.is_unchanged(%1$s, %2$L, %3$L, %4$L) INTO is_unchanged FROM ${rows} LIMIT 1;
    IF is_unchanged THEN
      %${operation}$s;
    END IF;`;
  const body = `
#variable_conflict use_column
DECLARE
  is_unchanged boolean;
  up_to_two bigint;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT ${quoted}.is_unchanged(%1$s, %2$L, %3$L, %4$L), pg_catalog.count(*) INTO is_unchanged, up_to_two
    FROM (SELECT FROM old_rows LIMIT 2) AS r;
    IF up_to_two = 0 THEN
      RETURN NULL;
    ELSIF is_unchanged AND up_to_two = 1 THEN
      %5$s;
    ELSIF is_unchanged THEN
      %6$s;
    END IF;
  ELSIF TG_OP = 'INSERT' THEN${branch('new_rows', '7')}
  ELSIF TG_OP = 'DELETE' THEN${branch('old_rows', '8')}
  ELSE
    PERFORM ${quoted}.record_truncate(TG_RELID, TG_ARGV[0]::pg_catalog.jsonb);
    RETURN NULL;
  END IF;
  IF NOT is_unchanged THEN
    EXECUTE ${quoted}.recording_statement(TG_RELID, TG_ARGV[0]::pg_catalog.jsonb, TG_OP, 'changed');
  ELSIF pg_catalog.current_setting('${LARGE_SETTING}', true) = 'on' THEN
    PERFORM pg_catalog.set_config('${LARGE_SETTING}', '', true);
    EXECUTE ${quoted}.recording_statement(TG_RELID, TG_ARGV[0]::pg_catalog.jsonb, TG_OP, 'large');
  END IF;
  RETURN NULL;
END
`;
  return `CREATE OR REPLACE FUNCTION ${s}.recording_function(relation oid, config jsonb) RETURNS text
LANGUAGE sql STABLE SET quote_all_identifiers = off SET search_path = '' AS ${quoteLiteral(`
  SELECT pg_catalog.format(${quoteLiteral(body)}, relation, config ->> 'schema', config ->> 'table', ${s}.signature_of(relation),
    coalesce(${s}.recording_statement(relation, config, 'UPDATE', 'one'), 'NULL'),
    coalesce(${s}.recording_statement(relation, config, 'UPDATE', 'plain'), 'NULL'),
    coalesce(${s}.recording_statement(relation, config, 'INSERT', 'plain'), 'NULL'),
    coalesce(${s}.recording_statement(relation, config, 'DELETE', 'plain'), 'NULL'))
`)}`;
}

/**
 * `recording_settings(relation)`: the SET clauses of the function. Each costs about a microsecond a call, so only those
 * that decide how a type of this table is printed; all of them where a type is not one whose text is known. jit would
 * cost more than it saves.
 */
function settingsFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.recording_settings(relation oid) RETURNS text
LANGUAGE sql STABLE SET quote_all_identifiers = off SET search_path = '' AS ${quoteLiteral(`
  WITH RECURSIVE printed AS (
    SELECT a.atttypid AS type FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT CASE WHEN t.typbasetype <> 0 THEN t.typbasetype ELSE t.typelem END
    FROM printed JOIN pg_catalog.pg_type AS t ON t.oid = printed.type
    WHERE t.typbasetype <> 0 OR t.typelem <> 0 AND t.typlen = -1
  ), needed AS (
    SELECT pg_catalog.unnest(CASE
      WHEN t.typname IN ('date', 'timestamp', 'timestamptz') AND t.oid < 16384 THEN '{DateStyle,TimeZone}'::pg_catalog.text[]
      WHEN t.typname = 'interval' AND t.oid < 16384 THEN '{IntervalStyle}'
      WHEN t.typname IN ('float4', 'float8') AND t.oid < 16384 THEN '{extra_float_digits}'
      WHEN t.typname = 'bytea' AND t.oid < 16384 THEN '{bytea_output}'
      WHEN t.typname = 'money' AND t.oid < 16384 THEN '{lc_monetary}'
      WHEN t.typtype = 'e' OR t.typbasetype <> 0 OR t.typelem <> 0 AND t.typlen = -1 OR t.oid < 16384 AND t.typname IN (
        'bool', 'int2', 'int4', 'int8', 'oid', 'numeric', 'text', 'varchar', 'bpchar', 'char', 'name', 'uuid', 'json', 'jsonb', 'inet', 'cidr',
        'macaddr', 'macaddr8', 'bit', 'varbit', 'time', 'timetz', 'tsvector') THEN '{}'
      ELSE '{${loggingClauses.map(([setting]) => setting).join()}}'
    END) AS setting
    FROM printed JOIN pg_catalog.pg_type AS t ON t.oid = printed.type
  )
  SELECT pg_catalog.string_agg(v.clause, ' ' ORDER BY v.setting)
  FROM (VALUES ('', 'SET search_path = ''''  SET jit = off'),
    ${loggingClauses.map((clause) => `(${clause.map(quoteLiteral).join(', ')})`).join(', ')}) AS v(setting, clause)
  WHERE v.setting = '' OR v.setting IN (SELECT n.setting FROM needed AS n)
`)}`;
}

/**
 * `record_truncate(relation, config)`: copies the rows that a TRUNCATE is about to take, or counts them, or refuses it.
 * A row-level policy would hide rows from the copy, so then the TRUNCATE is refused rather than half recorded.
 */
function truncateFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.record_truncate(relation oid, config jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = '' SET row_security = 'on' SET jit = off
${loggingClauses.map(([, clause]) => clause).join(' ')} AS ${quoteLiteral(`
DECLARE
  counted bigint;
  is_whole CONSTANT boolean := pg_catalog.has_table_privilege(relation, 'SELECT')
    AND pg_catalog.has_schema_privilege((SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid = relation), 'USAGE') AND NOT pg_catalog.row_security_active(relation);
BEGIN
  IF config ->> 'truncate' = 'refuse' THEN
    RAISE insufficient_privilege USING MESSAGE = 'TRUNCATE of an audited table is refused. Use DELETE, or audit it with truncate: count or copy.';
  ELSIF config ->> 'truncate' = 'copy' THEN
    IF NOT is_whole THEN
      RAISE insufficient_privilege USING MESSAGE = 'TRUNCATE is refused: the audit cannot read the rows that it is to copy. Use DELETE, or enable the audit again.';
    END IF;
    EXECUTE ${s}.recording_statement(relation, config, 'TRUNCATE', 'changed');
    RETURN;
  END IF;
  -- Counted only where that cannot fail: without the right to read, the count is left out.
  IF is_whole THEN
    EXECUTE (SELECT pg_catalog.format('SELECT pg_catalog.count(*) FROM ONLY %I.%I', n.nspname, c.relname)
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation)
    INTO counted;
  END IF;
  INSERT INTO ${s}.log (schema_name, table_name, partition_name, operation, row_count, actor, login_role, set_role)
  VALUES (config ->> 'schema', config ->> 'table', config ->> 'partition', 'TRUNCATE', counted,
    NULLIF(pg_catalog.current_setting('audit.actor', true), ''), session_user, NULLIF(pg_catalog.current_setting('role', true), 'none'));
END
`)}`;
}

/** The statements that make what a recording function is made of and calls. */
export function recordingFunctions(s: string): string[] {
  return [recordingStatementFunction(s), bodyFunction(s), settingsFunction(s), truncateFunction(s)];
}
