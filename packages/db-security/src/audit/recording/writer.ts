/**
 * The role that owns the recording functions. It cannot log in, and holds INSERT on the log and nothing else, but for
 * SELECT on tables whose TRUNCATE is counted or copied: whoever got code of theirs run by a trigger could do no more.
 * Who may not make roles owns the functions instead; `auditStatus` says so.
 * Manual: "Database Roles", "Role Membership"; "Writing SECURITY DEFINER Functions Safely".
 */
import { createHash } from 'node:crypto';
import { quoteIdent, quoteLiteral } from '@tothub/db-catalog';

/** Installing and enabling wait for each other on this advisory lock. Any number that nothing else locks. */
export const INSTALL_LOCK = 4_820_711_903;

/** The name of the role: `audit_writer` for the schema `audit`. Roles belong to the whole server, so databases share it. */
export function writerRole(schema: string): string {
  const name = `${schema}_writer`;
  if (Buffer.byteLength(name) <= 63) return name;
  return `${createHash('sha256').update(schema).digest('hex').slice(0, 32)}_writer`;
}

/** The functions that the writer owns; whoever installs may call them too. */
const OWNED = [
  'write_note(text, text, text, jsonb, jsonb)',
  'signature_of(oid)',
  'is_unchanged(oid, text, text, text)',
  'recording_statement(oid, jsonb, text, text)',
  'recording_function(oid, jsonb)',
  'recording_settings(oid)',
  'record_truncate(oid, jsonb)',
];

/** Statements of plpgsql that find or make the role, into the variable `writer`, and join it for as long as functions are made. */
export function makeWriter(schema: string): string {
  const s = quoteIdent(schema);
  const name = quoteLiteral(writerRole(schema));
  return `
writer := current_user;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = ${name}) THEN
    EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', ${name});
  END IF;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
  NULL;
END;
BEGIN
  -- A role of that name that can do more is not ours.
  IF EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = ${name} AND NOT r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolcreaterole AND NOT r.rolbypassrls) THEN
    IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user) THEN
      EXECUTE pg_catalog.format('GRANT %I TO CURRENT_USER', ${name});
    END IF;
    EXECUTE pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA ${s.replaceAll("'", "''").replaceAll('%', '%%')} TO %I', ${name});
    writer := ${name};
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END;`;
}

/** Statements of plpgsql that give the functions to the role, and leave it. */
export function giveToWriter(schema: string): string {
  const s = quoteIdent(schema);
  const functions = OWNED.map((signature) => quoteLiteral(`${s}.${signature}`)).join(', ');
  return `
EXECUTE pg_catalog.format('GRANT INSERT ON %s TO %I', ${quoteLiteral(`${s}.log`)}, writer);
EXECUTE pg_catalog.format('GRANT USAGE ON SEQUENCE %s TO %I', ${quoteLiteral(`${s}.log_id_seq`)}, writer);
FOREACH owned IN ARRAY ARRAY[${functions}] LOOP
  EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO %I', owned, writer);
  EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO CURRENT_USER', owned);
END LOOP;
PERFORM ${s}.join_writer(false);`;
}

/** `writer()`, `join_writer(joins)`, `recorder_name(…)` and `drop_unused()`. */
export function writerFunctions(s: string): string[] {
  return [
    `CREATE OR REPLACE FUNCTION ${s}.writer() RETURNS text LANGUAGE sql STABLE SET search_path = '' AS ${quoteLiteral(`
  SELECT pg_catalog.pg_get_userbyid(p.proowner) FROM pg_catalog.pg_proc AS p
  WHERE p.oid = ${quoteLiteral(`${s}.write_note(text, text, text, jsonb, jsonb)`)}::regprocedure
`)}`,
    // Membership only as long as functions are made: a member could write to the log.
    `CREATE OR REPLACE FUNCTION ${s}.join_writer(joins boolean) RETURNS void LANGUAGE plpgsql SET search_path = '' AS ${quoteLiteral(`
DECLARE
  writer CONSTANT text := ${s}.writer();
  is_superuser CONSTANT boolean := (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user);
BEGIN
  IF writer = current_user THEN
    RETURN;
  ELSIF joins THEN
    IF NOT is_superuser THEN
      EXECUTE pg_catalog.format('GRANT %I TO CURRENT_USER', writer);
    END IF;
    EXECUTE pg_catalog.format('GRANT CREATE ON SCHEMA %s TO %I', ${quoteLiteral(s)}, writer);
  ELSE
    EXECUTE pg_catalog.format('REVOKE CREATE ON SCHEMA %s FROM %I', ${quoteLiteral(s)}, writer);
    IF NOT is_superuser THEN
      EXECUTE pg_catalog.format('REVOKE %I FROM CURRENT_USER', writer);
    END IF;
  END IF;
END
`)}`,
    // Readable, of at most 63 bytes, and another for each name of a table.
    `CREATE OR REPLACE FUNCTION ${s}.recorder_name(schema_name text, table_name text) RETURNS text LANGUAGE sql IMMUTABLE SET quote_all_identifiers = off SET search_path = '' AS ${quoteLiteral(`
  SELECT 'record_' || pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.lower(table_name), '[^a-z0-9_]', '', 'g'), 36) || '_'
    || pg_catalog.to_hex(pg_catalog.hashtextextended(pg_catalog.format('%I.%I', schema_name, table_name), 0))
`)}`,
    `CREATE OR REPLACE FUNCTION ${s}.drop_unused() RETURNS void LANGUAGE plpgsql SET search_path = '' AS ${quoteLiteral(`
DECLARE
  statement text;
BEGIN
  FOR statement IN
    SELECT pg_catalog.format('DROP FUNCTION %s', p.oid::regprocedure) FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = ${quoteLiteral(s)}::regnamespace AND p.prorettype = 'pg_catalog.trigger'::regtype AND p.proname LIKE 'record\\_%'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgfoid = p.oid)
  LOOP
    EXECUTE statement;
  END LOOP;
END
`)}`,
  ];
}
