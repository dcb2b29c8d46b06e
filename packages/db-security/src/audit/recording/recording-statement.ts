/**
 * `recording_statement(…)`: writes the INSERT … SELECT that records one kind of change of one table. Its text stands in
 * the table's own function, for statements that PostgreSQL plans once a session; the same text is made anew and run
 * dynamically where a table has changed since, or holds values too large to be logged whole.
 *
 * It runs as the writer, so nothing in it may be looked up where a user can put something: every name is qualified, and
 * values of types that are not built in are printed by their output functions through format(), never by a cast, which
 * the type's owner may define. Old and new rows are paired by position: a join on the key pairs wrong rows when keys
 * change. A FULL JOIN cannot become a nested loop, so a plan made for one row does not turn quadratic for many.
 * Manual: "Writing SECURITY DEFINER Functions Safely"; CREATE TRIGGER, on transition tables.
 */
import { quoteLiteral } from '@tothub/db-catalog';

/**
 * Values whose text is longer are stored as length and SHA-256. 1,600 such columns still fit into one jsonb, whose
 * limit of 256 MB must never make a user's write fail.
 */
const VALUE_LIMIT_BYTES = 131_072;

/** Of types that are stored compressed: beyond this they are looked at closely. */
const STORED_LIMIT_BYTES = 32_768;

/** A setting that rows with large values set while they are passed over, so that the function comes back for them. */
export const LARGE_SETTING = 'audit.has_large';

/** Types whose `=` holds for values with one and the same text only. */
const EXACT_TYPES = [
  'bool',
  'int2',
  'int4',
  'int8',
  'oid',
  'money',
  'date',
  'time',
  'timetz',
  'timestamp',
  'timestamptz',
  'uuid',
  'bytea',
];

/** Types whose binary form tells apart what their `=` does not, such as 1.0 and 1.00, and the function that makes it. */
const BINARY_FORMS = {
  numeric: 'numeric_send',
  float4: 'float4send',
  float8: 'float8send',
  interval: 'interval_send',
};
const BINARY_FORMS_JSON = `${quoteLiteral(JSON.stringify(BINARY_FORMS))}::pg_catalog.jsonb`;

/**
 * The statement that makes the function. Its arguments: the table or partition; how it is audited, as `enable_table`
 * writes it into the triggers; the operation, where TRUNCATE copies rows; and the kind: `plain` passes over rows with
 * large values, `one` does the same for an UPDATE of one row, `large` takes only these, `changed` takes all and goes by
 * the columns that the table has now.
 */
export function recordingStatementFunction(s: string): string {
  const log = s.replaceAll("'", "''");
  return `CREATE OR REPLACE FUNCTION ${s}.recording_statement(relation oid, config jsonb, operation text, kind text) RETURNS text
LANGUAGE plpgsql STABLE SET quote_all_identifiers = off SET search_path = '' AS ${quoteLiteral(`
DECLARE
  side CONSTANT pg_catalog.text := CASE WHEN operation = 'INSERT' THEN 'n' ELSE 'o' END;
  is_plain CONSTANT boolean := kind IN ('plain', 'one');
  salted CONSTANT pg_catalog.text := CASE WHEN kind = 'one' THEN 's' WHEN operation IN ('INSERT', 'UPDATE') THEN 'n' ELSE 'o' END;
  redact_names pg_catalog.text[];
  redact_numbers pg_catalog.int2[];
  redact_all boolean;
  attribute record;
  has_key CONSTANT boolean := EXISTS (
    SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = relation AND i.indisprimary
      AND NOT config -> 'exclude' @> pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('name', a.attname)));
  columns pg_catalog.text := '';
  differs pg_catalog.text;
  differences pg_catalog.text := '';
  lazily pg_catalog.text;
  key_texts pg_catalog.text[] := '{}';
  new_key_texts pg_catalog.text[] := '{}';
  key_changes pg_catalog.text[] := '{}';
  hashed pg_catalog.text := '';
  names pg_catalog.text[] := '{}';
  old_texts pg_catalog.text := '';
  new_texts pg_catalog.text := '';
  markers pg_catalog.jsonb := '{}';
  old_pairs pg_catalog.text := '';
  new_pairs pg_catalog.text := '';
  limits CONSTANT pg_catalog.int4[] := '{${VALUE_LIMIT_BYTES / 2}, ${VALUE_LIMIT_BYTES}, ${STORED_LIMIT_BYTES}}'; -- of bytea, texts, others
  sizes pg_catalog.text[] := '{"", "", ""}';
  same pg_catalog.text := '';
  same_ignored pg_catalog.text := '';
  old_values pg_catalog.text;
  new_values pg_catalog.text;
  is_large pg_catalog.text;
  source pg_catalog.text;
  value pg_catalog.text;
  bytes pg_catalog.text;
  asked pg_catalog.text;
BEGIN
  -- A redacted column is known by its name and by its number, so that renaming it, or giving its name to another,
  -- uncovers nothing. A dump and restore closes the gaps that dropped columns left: a number behind a gap that is
  -- filled counts for nothing. Gone by name and number, the values may live on anywhere: then all are redacted.
  SELECT coalesce(pg_catalog.array_agg(r.name), '{}'),
    coalesce(pg_catalog.array_agg(r.attnum) FILTER (WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute AS g
      WHERE g.attrelid = relation AND g.attnum = ANY (r.gaps) AND NOT g.attisdropped)), '{}')
  INTO redact_names, redact_numbers
  FROM pg_catalog.jsonb_to_recordset(config -> 'redact') AS r(name pg_catalog.text, attnum pg_catalog.int2, gaps pg_catalog.int2[]);
  redact_all := EXISTS (
    SELECT FROM pg_catalog.jsonb_to_recordset(config -> 'redact') AS r(name pg_catalog.text, attnum pg_catalog.int2)
    WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = relation AND NOT a.attisdropped
        AND (a.attname = r.name OR a.attnum = r.attnum AND a.attnum = ANY (redact_numbers))));

  FOR attribute IN
    SELECT described.*,
      CASE print
        WHEN 'itself' THEN '%1$s.%2$I'
        WHEN 'bool' THEN 'CASE %1$s.%2$I WHEN true THEN ''t'' WHEN false THEN ''f'' END'
        WHEN 'cast' THEN '%1$s.%2$I::pg_catalog.text'
        -- Where all fields of a composite are null, IS NULL holds though the value is there: num_nulls looks at the value.
        ELSE 'CASE WHEN pg_catalog.num_nulls(%1$s.%2$I) OPERATOR(pg_catalog.=) 0 THEN pg_catalog.format(''%%s'', %1$s.%2$I) END'
      END AS printed,
      CASE form WHEN 'other' THEN 'pg_catalog.pg_column_size(%1$s.%2$I)' ELSE 'pg_catalog.octet_length(%1$s.%2$I)' END AS size,
      CASE form WHEN 'bytes' THEN 1 WHEN 'text' THEN 2 WHEN 'other' THEN 3 END AS limit_number,
      CASE compare
        WHEN 'exact' THEN 'o.%1$I IS DISTINCT FROM n.%1$I'
        WHEN 'binary' THEN 'pg_catalog.' || binary_form || '(o.%1$I) IS DISTINCT FROM pg_catalog.' || binary_form || '(n.%1$I)'
        WHEN 'bytes' THEN 'o.%1$I COLLATE pg_catalog."C" IS DISTINCT FROM n.%1$I COLLATE pg_catalog."C"'
        ELSE 'pg_catalog.record_image_ne(ROW(o.%1$I), ROW(n.%1$I))'
      END AS differs
    FROM (
      SELECT a.attname, 'c' || a.attnum AS alias, key_column.position AS key_position,
        a.attname = ANY (redact_names) OR a.attnum = ANY (redact_numbers) OR redact_all AND key_column.position IS NULL AS is_redacted,
        config -> 'ignore' ? a.attname::pg_catalog.text AS is_ignored,
        CASE
          WHEN t.typname IN ('text', 'varchar') AND a.atttypid < 16384 THEN 'itself'
          WHEN t.typname = 'bool' AND a.atttypid < 16384 THEN 'bool'
          WHEN a.atttypid < 16384 AND t.typname <> 'bpchar' AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_cast AS c WHERE c.castsource = a.atttypid AND c.casttarget = 'pg_catalog.text'::pg_catalog.regtype AND c.castfunc <> 0)
          THEN 'cast'
          ELSE 'format'
        END AS print,
        CASE
          WHEN a.attlen > 0 OR b.typname IN ('numeric', 'inet', 'cidr', 'bit') AND b.oid < 16384 THEN 'short'
          WHEN b.typname = 'bytea' AND b.oid < 16384 THEN 'bytes'
          WHEN b.typname IN ('varchar', 'bpchar') AND b.oid < 16384 AND a.atttypmod BETWEEN 0 AND ${VALUE_LIMIT_BYTES / 4} THEN 'short'
          WHEN b.typname IN ('text', 'varchar') AND b.oid < 16384 THEN 'text'
          ELSE 'other'
        END AS form,
        ${BINARY_FORMS_JSON} ->> t.typname AS binary_form,
        CASE
          WHEN t.typtype = 'e' OR t.typname IN (${EXACT_TYPES.map((name) => `'${name}'`).join(', ')}) AND a.atttypid < 16384 THEN 'exact'
          WHEN ${BINARY_FORMS_JSON} ? t.typname::pg_catalog.text AND a.atttypid < 16384 THEN 'binary'
          WHEN t.typname IN ('text', 'varchar') AND a.atttypid < 16384 THEN 'bytes'
          ELSE 'image'
        END AS compare
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
      JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(NULLIF(t.typbasetype, 0), t.oid)
      LEFT JOIN (
        SELECT i.indkey[n] AS attnum, n + 1 AS position
        FROM pg_catalog.pg_index AS i, pg_catalog.generate_series(0, i.indnkeyatts - 1) AS n
        WHERE i.indrelid = relation AND i.indisprimary) AS key_column USING (attnum)
      WHERE a.attrelid = relation AND attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
        AND NOT EXISTS (
          SELECT FROM pg_catalog.jsonb_to_recordset(config -> 'exclude') AS e(name pg_catalog.text)
          WHERE e.name = a.attname)
      ORDER BY attnum) AS described
  LOOP
    columns := columns || pg_catalog.format(', r.%I AS %I', attribute.attname, attribute.alias);
    differs := pg_catalog.format(attribute.differs, attribute.alias);
    IF kind <> 'one' THEN
      differences := differences || pg_catalog.format(', %s AS %I', differs, attribute.alias);
      differs := pg_catalog.format('d.%I', attribute.alias);
    END IF;
    IF attribute.is_ignored THEN
      same_ignored := same_ignored || pg_catalog.format(', CASE WHEN %s THEN NULL ELSE %L END', differs, attribute.attname);
    ELSE
      same := same || pg_catalog.format(', CASE WHEN %s THEN NULL ELSE %L END', differs, attribute.attname);
    END IF;
    IF attribute.key_position IS NOT NULL THEN
      key_texts[attribute.key_position] := pg_catalog.format(attribute.printed, side, attribute.alias);
      new_key_texts[attribute.key_position] := pg_catalog.format(attribute.printed, 'n', attribute.alias);
      key_changes := key_changes || differs;
    END IF;
    IF attribute.is_redacted THEN
      markers := markers || pg_catalog.jsonb_build_object(attribute.attname, '{"redacted": true}'::pg_catalog.jsonb);
      CONTINUE;
    END IF;
    hashed := hashed || pg_catalog.format(', n.%I', attribute.alias);
    names := names || attribute.attname::pg_catalog.text;
    -- Of many rows, only what differs is printed; for one row, asking costs more than printing.
    lazily := CASE WHEN kind = 'plain' AND operation = 'UPDATE' AND attribute.print <> 'itself' THEN 'CASE WHEN ' || differs || ' THEN %s END' ELSE '%s' END;
    old_texts := old_texts || ', ' || pg_catalog.format(CASE WHEN has_key THEN lazily ELSE '%s' END, pg_catalog.format(attribute.printed, 'o', attribute.alias));
    new_texts := new_texts || ', ' || pg_catalog.format(lazily, pg_catalog.format(attribute.printed, 'n', attribute.alias));
    IF attribute.limit_number IS NOT NULL THEN
      sizes[attribute.limit_number] := sizes[attribute.limit_number]
        || CASE WHEN operation = 'INSERT' THEN '' ELSE ', ' || pg_catalog.format(attribute.size, 'o', attribute.alias) END
        || CASE WHEN operation IN ('INSERT', 'UPDATE') THEN ', ' || pg_catalog.format(attribute.size, 'n', attribute.alias) ELSE '' END;
    END IF;
    IF NOT is_plain THEN
      value := 'pg_catalog.to_jsonb(' || attribute.printed || ')';
      IF attribute.limit_number IS NOT NULL THEN
        bytes := CASE attribute.form WHEN 'bytes' THEN '%1$s.%2$I' ELSE 'pg_catalog.convert_to(' || attribute.printed || ', pg_catalog.getdatabaseencoding())' END;
        value := 'CASE WHEN ' || attribute.size || ' OPERATOR(pg_catalog.>) ' || limits[attribute.limit_number]
          || CASE attribute.form WHEN 'other' THEN ' AND pg_catalog.octet_length(' || bytes || ') OPERATOR(pg_catalog.>) ${VALUE_LIMIT_BYTES}' ELSE '' END
          || ' THEN pg_catalog.jsonb_build_object(''bytes'', pg_catalog.octet_length(' || bytes || '), ''sha256'', pg_catalog.encode(pg_catalog.sha256(' || bytes || '), ''hex'')) ELSE ' || value || ' END';
      END IF;
      old_pairs := old_pairs || pg_catalog.format(', (%L, %s)', attribute.attname, pg_catalog.format(value, 'o', attribute.alias));
      new_pairs := new_pairs || pg_catalog.format(', (%L, %s)', attribute.attname, pg_catalog.format(value, 'n', attribute.alias));
    END IF;
  END LOOP;
  IF columns = '' THEN
    RETURN NULL; -- A table without columns, or all of them excluded.
  END IF;

  IF is_plain THEN
    old_values := pg_catalog.format('pg_catalog.jsonb_object(%L::pg_catalog.text[], ARRAY[%s]::pg_catalog.text[])', names, pg_catalog.substr(old_texts, 3));
    new_values := pg_catalog.format('pg_catalog.jsonb_object(%L::pg_catalog.text[], ARRAY[%s]::pg_catalog.text[])', names, pg_catalog.substr(new_texts, 3));
  ELSE
    old_values := CASE WHEN old_pairs = '' THEN '''{}''::pg_catalog.jsonb' ELSE
      '(SELECT pg_catalog.jsonb_object_agg(v.name, v.value) FROM (VALUES ' || pg_catalog.substr(old_pairs, 3) || ') AS v(name, value))' END;
    new_values := CASE WHEN new_pairs = '' THEN '''{}''::pg_catalog.jsonb' ELSE
      '(SELECT pg_catalog.jsonb_object_agg(v.name, v.value) FROM (VALUES ' || pg_catalog.substr(new_pairs, 3) || ') AS v(name, value))' END;
  END IF;
  IF markers <> '{}' THEN
    old_values := pg_catalog.format('(%s OPERATOR(pg_catalog.||) %L::pg_catalog.jsonb)', old_values, markers);
    new_values := pg_catalog.format('(%s OPERATOR(pg_catalog.||) %L::pg_catalog.jsonb)', new_values, markers);
  END IF;
  IF operation = 'UPDATE' THEN
    source := ' OPERATOR(pg_catalog.-) s.same' || CASE WHEN same_ignored = '' THEN '' ELSE ' OPERATOR(pg_catalog.-) s.same_ignored' END;
    new_values := new_values || source;
    -- Without a key, only all of its old values tell which row it was.
    IF has_key THEN
      old_values := old_values || source;
    END IF;
  END IF;
  SELECT pg_catalog.string_agg(pg_catalog.format('GREATEST(%s) OPERATOR(pg_catalog.>) %s', pg_catalog.substr(sizes[n], 3), limits[n]), ' OR ')
  INTO is_large FROM pg_catalog.generate_series(1, 3) AS n WHERE sizes[n] <> '';
  is_large := CASE
    WHEN is_large IS NULL THEN 'false'
    WHEN is_plain THEN 'CASE WHEN ' || is_large || ' THEN pg_catalog.set_config(''${LARGE_SETTING}'', ''on'', true) IS NOT NULL ELSE false END'
    ELSE '(' || is_large || ') IS TRUE'
  END;
  is_large := CASE WHEN is_plain THEN 'NOT ' || is_large WHEN kind = 'large' THEN is_large ELSE 'true' END;
  source := CASE operation
    WHEN 'INSERT' THEN 'new_rows'
    WHEN 'TRUNCATE' THEN (
      SELECT pg_catalog.format('ONLY %I.%I', n.nspname, c.relname)
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation)
    ELSE 'old_rows'
  END;

  -- Asked once a statement, not once a row. For one row the subqueries would only cost.
  asked := '(SELECT NULLIF(pg_catalog.current_setting(''audit.actor'', true), '''')), (SELECT session_user::pg_catalog.text),
      (SELECT NULLIF(pg_catalog.current_setting(''role'', true), ''none'')), (SELECT pg_catalog.clock_timestamp())';
  IF kind = 'one' THEN
    asked := pg_catalog.replace(asked, '(SELECT ', '(');
  END IF;

  RETURN pg_catalog.format('INSERT INTO ${log.replaceAll('%', '%%')}.log (schema_name, table_name, partition_name, operation, row_key, new_key, old_values, new_values, content_hash, salt, actor, login_role, set_role, at)
    SELECT %L, %L, %s, %L, %s, %s, %s, %s, %s, %s.salt, %s
    FROM ',
    config ->> 'schema', config ->> 'table',
    CASE WHEN NOT is_plain THEN coalesce(pg_catalog.quote_literal(config ->> 'partition'), 'NULL')
      WHEN config -> 'partitioned' = 'true' THEN 'TG_ARGV[0]::pg_catalog.jsonb ->> ''partition''' ELSE 'NULL' END,
    operation,
    CASE WHEN NOT has_key THEN 'NULL' ELSE 'ARRAY[' || pg_catalog.array_to_string(key_texts, ', ') || ']::pg_catalog.text[]' END,
    CASE WHEN NOT has_key OR operation <> 'UPDATE' THEN 'NULL'
      ELSE 'CASE WHEN ' || pg_catalog.array_to_string(key_changes, ' OR ') || ' THEN ARRAY[' || pg_catalog.array_to_string(new_key_texts, ', ') || ']::pg_catalog.text[] END' END,
    CASE WHEN operation = 'INSERT' THEN 'NULL' ELSE old_values END,
    CASE WHEN operation IN ('DELETE', 'TRUNCATE') OR operation = 'INSERT' AND is_plain AND has_key AND config ->> 'mode' <> 'full' THEN 'NULL'
      ELSE new_values END,
    CASE WHEN is_plain AND operation IN ('INSERT', 'UPDATE')
      THEN pg_catalog.format('pg_catalog.sha256(pg_catalog.convert_to(%s.salt::pg_catalog.text OPERATOR(pg_catalog.||) ROW(%s)::pg_catalog.text, %L))',
        salted, pg_catalog.substr(hashed, 3), CASE pg_catalog.getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)
      ELSE 'NULL' END,
    salted, asked)
  || CASE WHEN operation = 'UPDATE' THEN
    -- The salt of many is not made in the last subquery, whose answer the planner may remember for rows that differ alike.
    pg_catalog.format(CASE kind
        WHEN 'one' THEN '(SELECT %1$s FROM old_rows AS r) AS o LEFT JOIN (SELECT %1$s FROM new_rows AS r) AS n ON true'
        ELSE '(SELECT pg_catalog.row_number() OVER () AS position, %1$s FROM old_rows AS r) AS o
    FULL JOIN (SELECT pg_catalog.row_number() OVER () AS position, pg_catalog.gen_random_uuid() AS salt, %1$s FROM new_rows AS r) AS n ON n.position OPERATOR(pg_catalog.=) o.position'
      END, pg_catalog.substr(columns, 3))
    || CASE WHEN kind = 'one' THEN ' CROSS JOIN LATERAL (SELECT pg_catalog.gen_random_uuid() AS salt, ARRAY['
      ELSE ' CROSS JOIN LATERAL (SELECT ' || pg_catalog.substr(differences, 3) || ' OFFSET 0) AS d
    CROSS JOIN LATERAL (SELECT ARRAY[' END || pg_catalog.substr(same, 3) || ']::pg_catalog.text[] AS same, ARRAY['
      || pg_catalog.substr(same_ignored, 3) || ']::pg_catalog.text[] AS same_ignored OFFSET 0) AS s
    WHERE pg_catalog.array_position(s.same, NULL) IS NOT NULL AND ' || is_large
  ELSE
    '(SELECT pg_catalog.gen_random_uuid() AS salt' || columns || ' FROM ' || source || ' AS r) AS ' || side || ' WHERE ' || is_large
  END;
END
`)}`;
}
