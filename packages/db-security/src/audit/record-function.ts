/**
 * The trigger function. One body serves every table: it builds its statement from the columns that the table
 * has at that moment, so that an added column is audited and a dropped one breaks nothing.
 *
 * It runs as its owner, so nothing in it may be looked up where a user can put something: search_path is empty,
 * types are qualified too (an empty path still looks for types among temporary objects), and values of types that
 * are not built in are printed by their output functions through format(), never by a cast, which the type's owner
 * may define.
 * Manual: "Writing SECURITY DEFINER Functions Safely"; CREATE TRIGGER, on transition tables.
 *
 * Old and new rows are paired by position: a join on the primary key pairs wrong rows when keys change.
 */
import { quoteIdent, quoteLiteral } from '@tothub/db-catalog';

/**
 * Values whose text is longer are stored as length and SHA-256. 1,600 such columns still fit into one jsonb,
 * whose limit of 256 MB must never make a user's write fail.
 */
const VALUE_LIMIT_BYTES = 131_072;

/** The body of `record_change()`, also to compare with what is installed. */
export function recordBody(schema: string): string {
  const s = quoteIdent(schema);
  return `
DECLARE
  -- What enable_table wrote: redact and exclude as [{name, attnum}], …
  config CONSTANT pg_catalog.jsonb := TG_ARGV[0]::pg_catalog.jsonb;
  redact_names pg_catalog.text[];
  redact_numbers int2[];
  redact_all boolean;
  logged_schema pg_catalog.text := TG_TABLE_SCHEMA;
  logged_table pg_catalog.text := TG_TABLE_NAME;
  logged_partition pg_catalog.text;
  counted bigint;
  source pg_catalog.text;
  value_columns pg_catalog.text := '';
  key_texts pg_catalog.text[] := '{}';
  new_key_texts pg_catalog.text[] := '{}';
  key_changes pg_catalog.text[] := '{}';
  pairs pg_catalog.text := '';
  differences pg_catalog.text := '';
  statement pg_catalog.text;
  attribute record;
  printed pg_catalog.text;
  bytes pg_catalog.text;
  is_large pg_catalog.text;
  value pg_catalog.text;
  result pg_catalog.text;
BEGIN
  IF (config ->> 'asRoot')::boolean THEN
    SELECT n.nspname, c.relname, pg_catalog.format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME)
    INTO logged_schema, logged_table, logged_partition
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = coalesce(pg_catalog.pg_partition_root(TG_RELID), TG_RELID);
  END IF;

  IF TG_OP = 'TRUNCATE' AND config ->> 'truncate' <> 'copy' THEN
    -- Counted only where that cannot fail: without the right to read, the count is left out.
    IF pg_catalog.has_table_privilege(TG_RELID, 'SELECT') THEN
      EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME)
      INTO counted;
    END IF;
    INSERT INTO ${s}.log (schema_name, table_name, partition_name, operation, row_count, actor, login_role, set_role)
    VALUES (logged_schema, logged_table, logged_partition, TG_OP, counted,
      NULLIF(pg_catalog.current_setting('audit.actor', true), ''), session_user,
      NULLIF(pg_catalog.current_setting('role', true), 'none'));
    RETURN NULL;
  END IF;

  -- A redacted column is known by its name and by its number, so that renaming it, or giving its name to another,
  -- uncovers nothing. A dump and restore closes the gaps that dropped columns left: a number behind a gap that is
  -- filled counts for nothing. Gone by name and number, the values may live on anywhere: then all are redacted.
  SELECT coalesce(pg_catalog.array_agg(r.name), '{}'),
    coalesce(pg_catalog.array_agg(r.attnum) FILTER (WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute AS g
      WHERE g.attrelid = TG_RELID AND g.attnum = ANY (r.gaps) AND NOT g.attisdropped)), '{}')
  INTO redact_names, redact_numbers
  FROM pg_catalog.jsonb_to_recordset(config -> 'redact') AS r(name pg_catalog.text, attnum int2, gaps int2[]);
  redact_all := EXISTS (
    SELECT FROM pg_catalog.jsonb_to_recordset(config -> 'redact') AS r(name pg_catalog.text, attnum int2)
    WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = TG_RELID AND NOT a.attisdropped
        AND (a.attname = r.name OR a.attnum = r.attnum AND a.attnum = ANY (redact_numbers))));

  FOR attribute IN
    SELECT a.attname, a.attnum, 'c' || a.attnum AS alias,
      key_column.position IS NOT NULL AS is_key, key_column.position AS key_position,
      a.attname = ANY (redact_names) OR a.attnum = ANY (redact_numbers)
        OR redact_all AND key_column.position IS NULL AS is_redacted,
      a.atttypid < 16384 AND a.atttypid <> 'pg_catalog.bpchar'::pg_catalog.regtype AS is_built_in,
      CASE
        WHEN a.attlen > 0 OR b.oid IN ('pg_catalog.numeric'::pg_catalog.regtype, 'pg_catalog.inet'::pg_catalog.regtype) THEN 'short'
        WHEN b.oid = 'pg_catalog.bytea'::pg_catalog.regtype THEN 'bytes'
        WHEN b.oid IN ('pg_catalog.text'::pg_catalog.regtype, 'pg_catalog.varchar'::pg_catalog.regtype) THEN 'text'
        ELSE 'other'
      END AS form
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(NULLIF(t.typbasetype, 0), t.oid)
    LEFT JOIN (
      SELECT i.indkey[n] AS attnum, n + 1 AS position
      FROM pg_catalog.pg_index AS i, pg_catalog.generate_series(0, i.indnkeyatts - 1) AS n
      WHERE i.indrelid = TG_RELID AND i.indisprimary) AS key_column USING (attnum)
    WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated <> 'v'
      AND NOT EXISTS (
        SELECT FROM pg_catalog.jsonb_to_recordset(config -> 'exclude') AS e(name pg_catalog.text)
        WHERE e.name = a.attname)
    ORDER BY a.attnum
  LOOP
    -- A cast of a built-in type is PostgreSQL's own; of another type its owner may have made one. And where all
    -- fields of a composite are null, IS NULL holds though the value is there: num_nulls looks at the value.
    printed := pg_catalog.format(
      CASE WHEN attribute.is_built_in THEN 'r.%I::pg_catalog.text' ELSE 'pg_catalog.format(''%%s'', r.%I)' END,
      attribute.attname);
    bytes := CASE attribute.form WHEN 'bytes' THEN pg_catalog.format('r.%I', attribute.attname)
      ELSE 'pg_catalog.convert_to(' || printed || ', pg_catalog.getdatabaseencoding())' END;
    is_large := pg_catalog.format(
      CASE attribute.form
        WHEN 'bytes' THEN ' WHEN pg_catalog.octet_length(r.%1$I) > ${VALUE_LIMIT_BYTES / 2}'
        WHEN 'text' THEN ' WHEN pg_catalog.octet_length(r.%1$I) > ${VALUE_LIMIT_BYTES}'
        WHEN 'other' THEN ' WHEN pg_catalog.pg_column_size(r.%1$I) > ${VALUE_LIMIT_BYTES} OR pg_catalog.octet_length(%2$s) > ${VALUE_LIMIT_BYTES}'
        ELSE '' END,
      attribute.attname, printed);
    value := 'pg_catalog.to_jsonb(' || printed || ')';
    IF is_large <> '' OR NOT attribute.is_built_in THEN
      value := 'CASE'
        || CASE WHEN attribute.is_built_in THEN ''
             ELSE pg_catalog.format(' WHEN pg_catalog.num_nulls(r.%I) > 0 THEN NULL', attribute.attname) END
        || CASE WHEN is_large = '' THEN ''
             ELSE is_large || pg_catalog.format(
               ' THEN pg_catalog.jsonb_build_object(''bytes'', pg_catalog.octet_length(%1$s), ''sha256'', pg_catalog.encode(pg_catalog.sha256(%1$s), ''hex''))',
               bytes) END
        || ' ELSE ' || value || ' END';
    END IF;
    value := pg_catalog.format(', %s AS %I', value, attribute.alias);
    value_columns := value_columns || value;
    result := CASE WHEN attribute.is_redacted THEN '''{"redacted": true}''::pg_catalog.jsonb'
      ELSE pg_catalog.format('o.%I', attribute.alias) END;
    IF attribute.is_key THEN
      key_texts[attribute.key_position] := pg_catalog.format('o.%I #>> ''{}''', attribute.alias);
      new_key_texts[attribute.key_position] := pg_catalog.format('n.%I #>> ''{}''', attribute.alias);
      key_changes := key_changes || pg_catalog.format('o.%1$I IS DISTINCT FROM n.%1$I', attribute.alias);
    END IF;
    pairs := pairs || pg_catalog.format(', (%L, %s)', attribute.attname, result);
    differences := differences || pg_catalog.format(', (%L, %s, %s, o.%4$I IS DISTINCT FROM n.%4$I)',
      attribute.attname, result,
      CASE WHEN attribute.is_redacted THEN result ELSE pg_catalog.format('n.%I', attribute.alias) END,
      attribute.alias);
  END LOOP;
  IF pairs = '' THEN
    RETURN NULL; -- A table without columns, or all of them excluded.
  END IF;
  source := CASE TG_OP
    WHEN 'INSERT' THEN 'new_rows'
    WHEN 'TRUNCATE' THEN pg_catalog.format('ONLY %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME)
    ELSE 'old_rows'
  END;

  statement := 'INSERT INTO ${s.replaceAll("'", "''")}.log (schema_name, table_name, partition_name, operation, row_key, new_key, old_values, new_values, actor, login_role, set_role, at)
    SELECT $1, $2, $3, $4, ' || CASE
      WHEN key_texts = '{}' THEN 'NULL'
      ELSE 'ARRAY[' || pg_catalog.array_to_string(key_texts, ', ') || ']'
    END || ', ' || CASE
      WHEN key_texts = '{}' OR TG_OP <> 'UPDATE' THEN 'NULL'
      ELSE 'CASE WHEN ' || pg_catalog.array_to_string(key_changes, ' OR ')
        || ' THEN ARRAY[' || pg_catalog.array_to_string(new_key_texts, ', ') || '] END'
    END || ', s.old_values, s.new_values, $5, $6, $7, $8
    FROM (SELECT pg_catalog.row_number() OVER () AS position' || value_columns || ' FROM ' || source || ' AS r) AS o';
  statement := statement || CASE
    WHEN TG_OP = 'UPDATE' THEN
      ' JOIN (SELECT pg_catalog.row_number() OVER () AS position' || value_columns || ' FROM new_rows AS r) AS n
          ON n.position OPERATOR(pg_catalog.=) o.position
        CROSS JOIN LATERAL (
          SELECT coalesce(pg_catalog.jsonb_object_agg(c.name, c.old) FILTER (WHERE c.changed), ''{}''::pg_catalog.jsonb) AS old_values,
                 coalesce(pg_catalog.jsonb_object_agg(c.name, c.new) FILTER (WHERE c.changed), ''{}''::pg_catalog.jsonb) AS new_values,
                 coalesce(pg_catalog.bool_or(c.changed), false) AS changed
          FROM (VALUES ' || pg_catalog.substr(differences, 3) || ') AS c(name, old, new, changed)) AS s'
        || CASE WHEN config -> 'exclude' = '[]'::pg_catalog.jsonb THEN '' ELSE ' WHERE s.changed' END
    ELSE
      ' CROSS JOIN LATERAL (
          SELECT ' || CASE WHEN TG_OP = 'INSERT'
            THEN 'NULL::pg_catalog.jsonb AS old_values, pg_catalog.jsonb_object_agg(c.name, c.value) AS new_values'
            ELSE 'pg_catalog.jsonb_object_agg(c.name, c.value) AS old_values, NULL::pg_catalog.jsonb AS new_values' END
        || ' FROM (VALUES ' || pg_catalog.substr(pairs, 3) || ') AS c(name, value)) AS s'
  END || ' ORDER BY o.position';
  EXECUTE statement USING logged_schema, logged_table, logged_partition, TG_OP,
    NULLIF(pg_catalog.current_setting('audit.actor', true), ''), session_user::pg_catalog.text,
    NULLIF(pg_catalog.current_setting('role', true), 'none'), pg_catalog.clock_timestamp();
  RETURN NULL;
END
`;
}

/**
 * The statement that makes `record_change()`. Every setting that decides how a value is printed is pinned;
 * row_security too, because a client that turns it off makes reading an error. jit would cost more than it saves.
 */
export function recordFunction(schema: string): string {
  return `CREATE OR REPLACE FUNCTION ${quoteIdent(schema)}.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
SET DateStyle = 'ISO, YMD'
SET TimeZone = 'UTC'
SET IntervalStyle = 'iso_8601'
SET extra_float_digits = '1'
SET bytea_output = 'hex'
SET lc_monetary = 'C'
SET row_security = 'on'
SET jit = 'off'
AS ${quoteLiteral(recordBody(schema))}`;
}
