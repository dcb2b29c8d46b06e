/**
 * The function that puts the audit triggers on a table and its partitions. It runs as its caller, in one
 * statement, so it works through any pool and two at once wait for each other on the table's lock. It waits half a
 * second at most: everybody who writes would queue behind it, and in a deadlock it gives way before the usual
 * `deadlock_timeout` of one second.
 */
import { quoteIdent, quoteLiteral } from '@tothub/db-catalog';

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
  const record = `${s}.record_change()`;
  const steps = Object.entries(definitions).map(([operation, definition]) => {
    const name = auditTriggers[operation as keyof typeof auditTriggers];
    const create = `CREATE OR REPLACE TRIGGER ${name} ${definition} FOR EACH STATEMENT EXECUTE FUNCTION ${record.replaceAll('%', '%%')}`;
    return `      EXECUTE pg_catalog.format(${quoteLiteral(create.replace(/\(\)$/, '(%L)'))}, target, config::text);
      EXECUTE pg_catalog.format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER ${name}', target);`;
  });
  const names = Object.values(auditTriggers).map((name) => `'${name}'`);
  return `CREATE OR REPLACE FUNCTION ${s}.enable_table(schema_name text, table_name text, options jsonb) RETURNS boolean
LANGUAGE plpgsql SET search_path = '' SET lock_timeout = '500ms' AS ${quoteLiteral(`
DECLARE
  record_function CONSTANT regprocedure := ${quoteLiteral(record)};
  relation CONSTANT regclass := pg_catalog.to_regclass(pg_catalog.format('%I.%I', schema_name, table_name));
  unknown text;
  member regclass;
  target text;
  config jsonb;
  changed boolean := false;
  covered boolean := true;
  note jsonb;
BEGIN
  IF relation IS NULL OR (SELECT c.relkind FROM pg_catalog.pg_class AS c WHERE c.oid = relation) NOT IN ('r', 'p') THEN
    RAISE undefined_table USING MESSAGE = 'there is no such table';
  END IF;
  IF relation = ${quoteLiteral(`${s}.log`)}::regclass THEN
    RAISE invalid_parameter_value USING MESSAGE = 'the audit log cannot audit itself';
  END IF;
  SELECT pg_catalog.min(pg_catalog.quote_ident(named)) INTO unknown
  FROM pg_catalog.jsonb_array_elements_text((options -> 'redact') || (options -> 'exclude')) AS named
  WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname = named AND a.attnum > 0 AND NOT a.attisdropped);
  IF unknown IS NOT NULL THEN
    RAISE undefined_column USING MESSAGE = 'there is no column to redact or exclude named ' || unknown;
  END IF;
  SELECT pg_catalog.min(pg_catalog.quote_ident(a.attname)) INTO unknown
  FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
  WHERE i.indrelid = relation AND i.indisprimary
    AND ((options -> 'redact') || (options -> 'exclude')) ? a.attname::text;
  IF unknown IS NOT NULL THEN
    RAISE invalid_parameter_value USING MESSAGE = 'part of the primary key cannot be redacted or excluded: ' || unknown;
  END IF;

  FOR member IN
    SELECT relation UNION
    SELECT tree.relid FROM pg_catalog.pg_partition_tree(relation) AS tree
    JOIN pg_catalog.pg_class AS c ON c.oid = tree.relid WHERE c.relkind IN ('r', 'p')
    ORDER BY 1
  LOOP
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) INTO target
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = member;
    SELECT pg_catalog.jsonb_build_object(
      'asRoot', member <> relation,
      'truncate', options -> 'truncate',
      'redact', coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', a.attname, 'attnum', a.attnum, 'gaps', ARRAY(
          SELECT g.attnum FROM pg_catalog.pg_attribute AS g
          WHERE g.attrelid = member AND g.attisdropped AND g.attnum < a.attnum ORDER BY g.attnum)) ORDER BY a.attnum)
        FILTER (WHERE options -> 'redact' ? a.attname::text), '[]'),
      'exclude', coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', a.attname) ORDER BY a.attnum)
        FILTER (WHERE options -> 'exclude' ? a.attname::text), '[]'))
    INTO config
    FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = member AND a.attnum > 0 AND NOT a.attisdropped;

    IF EXISTS (SELECT FROM pg_catalog.pg_trigger AS t
               WHERE t.tgrelid = member AND t.tgname IN (${names.join(', ')}) AND t.tgfoid <> record_function) THEN
      RAISE duplicate_object USING MESSAGE = 'other triggers have the names of the audit triggers: ${Object.values(auditTriggers).join(', ')}';
    END IF;
    IF (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger AS t
        WHERE t.tgrelid = member AND t.tgname IN (${names.join(', ')}) AND t.tgfoid = record_function AND t.tgenabled = 'A'
          AND t.tgargs = pg_catalog.convert_to(config::text, pg_catalog.getdatabaseencoding()) || pg_catalog.decode('00', 'hex')) < 4 THEN
      EXECUTE pg_catalog.format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', target);
      -- Whether nothing was missed until now.
      covered := covered AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger AS t
        WHERE t.tgrelid = member AND t.tgname IN (${names.join(', ')}) AND t.tgfoid = record_function AND t.tgenabled = 'A') = 4;
${steps.join('\n')}
      changed := true;
    END IF;
  END LOOP;
  IF changed THEN
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
  relation CONSTANT regclass := pg_catalog.format('%I.%I', schema_name, table_name)::regclass;
  statement text;
  changed boolean := false;
BEGIN
  FOR statement IN
    SELECT pg_catalog.format('DROP TRIGGER IF EXISTS %I ON %I.%I', t.tgname, n.nspname, c.relname)
    FROM pg_catalog.pg_trigger AS t
    JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE t.tgfoid = ${quoteLiteral(`${s}.record_change()`)}::regprocedure
      AND (t.tgrelid = relation OR t.tgrelid IN (SELECT tree.relid FROM pg_catalog.pg_partition_tree(relation) AS tree))
    ORDER BY t.tgrelid, t.tgname
  LOOP
    EXECUTE statement;
    changed := true;
  END LOOP;
  IF changed THEN
    PERFORM ${s}.write_note(schema_name, table_name, 'DISABLE', '{}');
  END IF;
END
`)}`;
}
