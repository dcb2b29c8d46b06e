/**
 * The function that puts the audit triggers on a table and its partitions. It runs as its caller, in one
 * statement, so it works through any pool and two at once wait for each other on the table's lock. It waits half a
 * second at most: everybody who writes would queue behind it, and in a deadlock it gives way before the usual
 * `deadlock_timeout` of one second.
 */
import { quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import { INSTALL_LOCK } from './recording/writer.ts';

/** Trigger names by operation. A trigger with transition tables can have only one event. */
export const auditTriggers = {
  insert: 'audit_insert',
  update: 'audit_update',
  delete: 'audit_delete',
  truncate: 'audit_truncate',
} as const;

/** What stands between a trigger's name and its function. */
const definitions: Readonly<Record<keyof typeof auditTriggers, string>> = {
  insert: 'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows',
  update: 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows',
  delete: 'AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows',
  truncate: 'BEFORE TRUNCATE ON %s',
};

/** The statement that makes `enable_table(schema, table, options)`, which returns whether anything changed. */
export function enableFunction(schema: string): string {
  const s = quoteIdent(schema);
  const names = Object.values(auditTriggers).map((name) => `'${name}'`);
  const putTriggers = Object.entries(definitions).map(([operation, definition]) => {
    const name = auditTriggers[operation as keyof typeof auditTriggers];
    return `
    EXECUTE pg_catalog.format('CREATE OR REPLACE TRIGGER ${name} ${definition} FOR EACH STATEMENT EXECUTE FUNCTION %s(%L)', target, recorder, member_config::text);
    EXECUTE pg_catalog.format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER ${name}', target);`;
  });
  return `CREATE OR REPLACE FUNCTION ${s}.enable_table(schema_name text, table_name text, options jsonb) RETURNS boolean
LANGUAGE plpgsql SET quote_all_identifiers = off SET search_path = '' SET lock_timeout = '500ms' AS ${quoteLiteral(`
DECLARE
  audit_schema CONSTANT regnamespace := ${quoteLiteral(s)};
  relation CONSTANT regclass := pg_catalog.to_regclass(pg_catalog.format('%I.%I', schema_name, table_name));
  writer CONSTANT text := ${s}.writer();
  recorder CONSTANT text := ${quoteLiteral(`${s}.`)} || ${s}.recorder_name(schema_name, table_name);
  unknown text;
  previous jsonb;
  config jsonb;
  body text;
  settings text;
  member regclass;
  target text;
  member_config jsonb;
  stand bigint;
  changed boolean := false;
  covered boolean := true;
  note jsonb;
  statement text;
BEGIN
  IF relation IS NULL OR (SELECT c.relkind FROM pg_catalog.pg_class AS c WHERE c.oid = relation) NOT IN ('r', 'p') THEN
    RAISE undefined_table USING MESSAGE = 'there is no such table';
  END IF;
  IF (SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid = relation) = audit_schema THEN
    RAISE invalid_parameter_value USING MESSAGE = 'the audit log cannot audit itself';
  END IF;
  SELECT pg_catalog.min(pg_catalog.quote_ident(named)) INTO unknown
  FROM pg_catalog.jsonb_array_elements_text((options -> 'redact') || (options -> 'exclude') || (options -> 'ignore')) AS named
  WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname = named AND a.attnum > 0 AND NOT a.attisdropped);
  IF unknown IS NOT NULL THEN
    RAISE undefined_column USING MESSAGE = 'there is no column to redact, exclude or ignore named ' || unknown;
  END IF;
  SELECT pg_catalog.min(pg_catalog.quote_ident(a.attname)) INTO unknown
  FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
  WHERE i.indrelid = relation AND i.indisprimary
    AND ((options -> 'redact') || (options -> 'exclude') || (options -> 'ignore')) ? a.attname::text;
  IF unknown IS NOT NULL THEN
    RAISE invalid_parameter_value USING MESSAGE = 'part of the primary key cannot be redacted, excluded or ignored: ' || unknown;
  END IF;
  IF EXISTS (
    SELECT FROM pg_catalog.pg_trigger AS t
    WHERE t.tgfoid = pg_catalog.to_regproc(recorder) AND t.tgrelid <> relation
      AND t.tgrelid NOT IN (SELECT tree.relid FROM pg_catalog.pg_partition_tree(relation) AS tree)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = t.tgrelid AND c.relispartition)) THEN
    RAISE duplicate_object USING MESSAGE = 'a table that had this name is still recorded under it; enable the audit of that table first';
  END IF;
  IF EXISTS (
    SELECT FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
    WHERE (t.tgrelid = relation OR t.tgrelid IN (SELECT tree.relid FROM pg_catalog.pg_partition_tree(relation) AS tree))
      AND t.tgname IN (${names.join(', ')}) AND p.pronamespace <> audit_schema) THEN
    RAISE duplicate_object USING MESSAGE = 'other triggers have the names of the audit triggers: ${Object.values(auditTriggers).join(', ')}';
  END IF;
  SELECT pg_catalog.convert_from(pg_catalog.substring(t.tgargs, 1, pg_catalog.octet_length(t.tgargs) - 1), pg_catalog.getdatabaseencoding())::jsonb
  INTO previous
  FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
  WHERE t.tgrelid = relation AND t.tgname = 'audit_update' AND p.pronamespace = audit_schema;

  config := pg_catalog.jsonb_build_object('schema', schema_name, 'table', table_name,
    'partitioned', (SELECT c.relkind = 'p' FROM pg_catalog.pg_class AS c WHERE c.oid = relation),
    'truncate', options -> 'truncate', 'mode', options -> 'mode', 'ignore', options -> 'ignore');
  FOR member IN
    SELECT relation UNION
    SELECT tree.relid FROM pg_catalog.pg_partition_tree(relation) AS tree
    JOIN pg_catalog.pg_class AS c ON c.oid = tree.relid WHERE c.relkind IN ('r', 'p')
    ORDER BY 1
  LOOP
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) INTO target
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = member;
    member_config := config
      || CASE WHEN member = relation THEN '{}' ELSE pg_catalog.jsonb_build_object('partition', target) END
      || (SELECT pg_catalog.jsonb_build_object(
        'redact', coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', a.attname, 'attnum', a.attnum, 'gaps', ARRAY(
            SELECT g.attnum FROM pg_catalog.pg_attribute AS g
            WHERE g.attrelid = member AND g.attisdropped AND g.attnum < a.attnum ORDER BY g.attnum)) ORDER BY a.attnum)
          FILTER (WHERE options -> 'redact' ? a.attname::text), '[]'),
        'exclude', coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', a.attname) ORDER BY a.attnum)
          FILTER (WHERE options -> 'exclude' ? a.attname::text), '[]'))
      FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = member AND a.attnum > 0 AND NOT a.attisdropped);
    IF member = relation THEN
      config := member_config;
      body := ${s}.recording_function(relation, config);
      settings := ${s}.recording_settings(relation);
    ELSE
      -- The function is that of the root: its columns go by name, and come in the root's order.
      member_config := member_config || pg_catalog.jsonb_build_object('partitioned', true);
    END IF;
    SELECT pg_catalog.count(*) FILTER (WHERE t.tgargs = pg_catalog.convert_to(member_config::text, pg_catalog.getdatabaseencoding()) || pg_catalog.decode('00', 'hex')
        AND t.tgfoid = pg_catalog.to_regproc(recorder)) INTO stand
    FROM pg_catalog.pg_trigger AS t
    WHERE t.tgrelid = member AND t.tgname IN (${names.join(', ')}) AND t.tgenabled = 'A';
    CONTINUE WHEN stand = 4 AND EXISTS (
      SELECT FROM pg_catalog.pg_proc AS p
      WHERE p.oid = pg_catalog.to_regproc(recorder) AND p.prosrc = body AND p.prosecdef AND pg_catalog.pg_get_userbyid(p.proowner) = writer
        AND p.proconfig @> ARRAY['search_path=""'])
      AND (options ->> 'truncate' <> 'copy' OR pg_catalog.has_table_privilege(writer, member, 'SELECT'));

    IF NOT changed THEN
      changed := true;
      -- One at a time makes functions, or the grants that this takes would collide.
      PERFORM pg_catalog.set_config('lock_timeout', '10s', true);
      PERFORM pg_catalog.pg_advisory_xact_lock(${INSTALL_LOCK});
      PERFORM pg_catalog.set_config('lock_timeout', '500ms', true);
      PERFORM ${s}.join_writer(true);
      EXECUTE pg_catalog.format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', target);
      -- Made from the columns as they are under the lock.
      body := ${s}.recording_function(relation, config);
      settings := ${s}.recording_settings(relation);
      EXECUTE pg_catalog.format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER %s AS %L', recorder, settings, body);
      EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s() FROM PUBLIC', recorder);
      EXECUTE pg_catalog.format('ALTER FUNCTION %s() OWNER TO %I', recorder, writer);
    ELSE
      EXECUTE pg_catalog.format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', target);
    END IF;
    IF options ->> 'truncate' <> 'refuse' AND NOT (pg_catalog.has_table_privilege(writer, member, 'SELECT')
        AND pg_catalog.has_schema_privilege(writer, (SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid = member), 'USAGE')) THEN
      BEGIN
        EXECUTE pg_catalog.format('GRANT SELECT ON %s TO %I', target, writer);
        EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', (SELECT n.nspname FROM pg_catalog.pg_class AS c
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = member), writer);
      EXCEPTION WHEN insufficient_privilege THEN
        IF options ->> 'truncate' = 'copy' THEN
          RAISE;
        END IF;
      END;
    END IF;
    -- Whether nothing was missed until now.
    covered := covered AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
      WHERE t.tgrelid = member AND t.tgname IN (${names.join(', ')}) AND p.pronamespace = audit_schema AND t.tgenabled = 'A') = 4;
${putTriggers.join('').replace(/^\n/, '')}
  END LOOP;
  IF changed THEN
    IF previous ->> 'schema' <> schema_name OR previous ->> 'table' <> table_name THEN
      PERFORM ${s}.write_note(previous ->> 'schema', previous ->> 'table', 'RENAME',
        pg_catalog.jsonb_build_object('schema', schema_name, 'name', table_name));
    END IF;
    SELECT pg_catalog.jsonb_build_object(
      'columns', coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'name', a.attname, 'number', a.attnum, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum), '[]'),
      'hashed', coalesce(pg_catalog.jsonb_agg(a.attname ORDER BY a.attnum) FILTER (
        WHERE a.attgenerated <> 'v' AND NOT (options -> 'redact' ? a.attname::text) AND NOT (options -> 'exclude' ? a.attname::text)), '[]'),
      'key', (SELECT coalesce(pg_catalog.jsonb_agg(k.attname ORDER BY n), '[]')
              FROM pg_catalog.pg_index AS i
              CROSS JOIN pg_catalog.generate_series(0, i.indnkeyatts - 1) AS n
              JOIN pg_catalog.pg_attribute AS k ON k.attrelid = i.indrelid AND k.attnum = i.indkey[n]
              WHERE i.indrelid = relation AND i.indisprimary),
      'relation', relation::oid::text, 'covered', covered) || options
    INTO note
    FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
    PERFORM ${s}.write_note(schema_name, table_name, 'ENABLE', note);
    PERFORM ${s}.drop_unused();
    PERFORM ${s}.join_writer(false);
  END IF;
  RETURN changed;
END
`)}`;
}

/** The statement that makes `disable_table(schema, table)`. */
export function disableFunction(schema: string): string {
  const s = quoteIdent(schema);
  return `CREATE OR REPLACE FUNCTION ${s}.disable_table(schema_name text, table_name text) RETURNS void
LANGUAGE plpgsql SET search_path = '' SET lock_timeout = '500ms' AS ${quoteLiteral(`
DECLARE
  audit_schema CONSTANT regnamespace := ${quoteLiteral(s)};
  relation CONSTANT regclass := pg_catalog.format('%I.%I', schema_name, table_name)::regclass;
  logged jsonb;
  found record;
BEGIN
  FOR found IN
    SELECT pg_catalog.format('DROP TRIGGER IF EXISTS %I ON %I.%I', t.tgname, n.nspname, c.relname) AS statement,
      pg_catalog.convert_from(pg_catalog.substring(t.tgargs, 1, pg_catalog.octet_length(t.tgargs) - 1), pg_catalog.getdatabaseencoding()) AS config
    FROM pg_catalog.pg_trigger AS t
    JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid AND p.pronamespace = audit_schema AND p.proname LIKE 'record\\_%'
    JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE t.tgrelid = relation OR t.tgrelid IN (SELECT tree.relid FROM pg_catalog.pg_partition_tree(relation) AS tree)
    ORDER BY t.tgrelid, t.tgname
  LOOP
    EXECUTE found.statement;
    logged := found.config;
  END LOOP;
  IF logged IS NOT NULL THEN
    PERFORM ${s}.write_note(logged ->> 'schema', logged ->> 'table', 'DISABLE', '{}');
    PERFORM pg_catalog.set_config('lock_timeout', '10s', true);
    PERFORM pg_catalog.pg_advisory_xact_lock(${INSTALL_LOCK});
    PERFORM ${s}.join_writer(true);
    PERFORM ${s}.drop_unused();
    PERFORM ${s}.join_writer(false);
  END IF;
END
`)}`;
}
