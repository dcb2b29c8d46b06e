/**
 * What may write to the log. New rows come from its triggers only, and rows change only where values are erased.
 * The owner of the log can switch the guards off; `auditStatus` reports it, and the seals show what was done meanwhile.
 */
import { quoteLiteral } from '@tothub/db-catalog';

/** The name of the setting that erasure sets to the number of its transaction, as the log's owner, while it updates. */
export const ERASING_SETTING = 'audit.erasing';

/**
 * `guard_log()`. INSERT is open to the owner of the recording functions, as whom they run; a grant to others does not
 * help. UPDATE is open to a function of the log's owner that erases; others cannot be `current_user`, whatever they set.
 */
export function guardFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.guard_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS ${quoteLiteral(`
BEGIN
  IF TG_OP = 'INSERT' AND current_user = (
    SELECT pg_catalog.pg_get_userbyid(p.proowner) FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = TG_TABLE_SCHEMA AND p.proname = 'write_note') OR TG_OP = 'UPDATE'
    AND current_user = (SELECT pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class AS c WHERE c.oid = TG_RELID)
    AND pg_catalog.current_setting('${ERASING_SETTING}', true) = pg_catalog.pg_current_xact_id()::pg_catalog.text THEN
    RETURN NULL;
  END IF;
  RAISE insufficient_privilege USING
    MESSAGE = 'The audit log only takes rows from its triggers: ' || TG_OP || ' is refused.';
END
`)}`;
}

/** `write_note(schema, table, operation, values, old values)`: a row that says what was done to the audit itself. */
export function noteFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.write_note(schema_name text, table_name text, operation text, new_values jsonb, old_values jsonb DEFAULT NULL)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS ${quoteLiteral(`
  INSERT INTO ${s}.log (schema_name, table_name, operation, old_values, new_values, actor, login_role, set_role)
  VALUES (write_note.schema_name, write_note.table_name, write_note.operation, write_note.old_values, write_note.new_values,
    NULLIF(pg_catalog.current_setting('audit.actor', true), ''), session_user,
    NULLIF(pg_catalog.current_setting('role', true), 'none'))
`)}`;
}
