/**
 * Installs the audit log: one append-only table, one trigger function, and the functions that put the
 * triggers on tables. Needs no superuser. Who installs owns all of it, and the triggers write as that role.
 */
import { type Queryable, quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import { withoutValues } from '../errors.ts';
import { disableFunction, enableFunction } from './enable-function.ts';
import { recordFunction } from './record-function.ts';

/** Where the audit log lives. */
export interface AuditOptions {
  /** @default 'audit' */
  readonly schema?: string | undefined;
}

export const DEFAULT_AUDIT_SCHEMA = 'audit';

/**
 * Installs or repairs the audit log in its schema. One statement, so it is all there or not at all; a second
 * call changes nothing, and two at once wait for each other.
 *
 * @throws {StatementError} when PostgreSQL refuses, as a rule for want of CREATE on the database.
 *
 * @example
 * ```ts
 * await installAudit(db); // DO $install$ … CREATE TABLE IF NOT EXISTS audit.log (…) … $install$
 * await enableAudit(db, { schema: 'public', name: 'staff' }, { redact: ['account'] });
 * ```
 */
export async function installAudit(db: Queryable, options: AuditOptions = {}): Promise<void> {
  const schema = options.schema ?? DEFAULT_AUDIT_SCHEMA;
  try {
    await db.query(installStatement(schema));
  } catch (error) {
    throw withoutValues(error, `Installing the audit log in schema ${quoteIdent(schema)}`);
  }
}

function installStatement(schema: string): string {
  const s = quoteIdent(schema);
  const steps = [
    `CREATE SCHEMA IF NOT EXISTS ${s}`,
    `CREATE TABLE IF NOT EXISTS ${s}.log (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
       transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
       schema_name text NOT NULL,
       table_name text NOT NULL,
       partition_name text,
       operation text NOT NULL,
       row_key jsonb,
       old_values jsonb,
       new_values jsonb,
       row_count bigint,
       actor text,
       login_role text NOT NULL,
       set_role text
     )`,
    `CREATE INDEX IF NOT EXISTS log_table_idx ON ${s}.log (schema_name, table_name, id)`,
    ...Object.entries(logComments).map(
      ([column, comment]) => `COMMENT ON COLUMN ${s}.log.${column} IS ${quoteLiteral(comment)}`,
    ),
    guardFunction(s),
    recordFunction(schema),
    enableFunction(schema),
    disableFunction(schema),
    ...guards.flatMap(([name, event]) => [
      `CREATE OR REPLACE TRIGGER ${name} BEFORE ${event} ON ${s}.log FOR EACH STATEMENT EXECUTE FUNCTION ${s}.guard_log()`,
      `ALTER TABLE ${s}.log ENABLE ALWAYS TRIGGER ${name}`,
    ]),
    `REVOKE ALL ON SCHEMA ${s} FROM PUBLIC`,
    `REVOKE ALL ON ${s}.log FROM PUBLIC`,
    `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${s} FROM PUBLIC`,
  ];
  // Each step is a literal: nothing of a name can end the block.
  const body = steps.map((step) => `EXECUTE ${quoteLiteral(step)};`).join('\n');
  return `DO ${quoteLiteral(`BEGIN
PERFORM pg_catalog.pg_advisory_xact_lock(${INSTALL_LOCK});
${body}
END`)}`;
}

/** Any number that nothing else locks. */
const INSTALL_LOCK = 4_820_711_903;

/** The triggers that refuse everything but new rows from the trigger function's owner. */
export const guards = [
  ['guard_insert', 'INSERT'],
  ['guard_update', 'UPDATE'],
  ['guard_delete', 'DELETE'],
  ['guard_truncate', 'TRUNCATE'],
] as const;

const logComments = {
  transaction_id:
    'The transaction that made the change. Order rows by it and by id, not by time alone.',
  partition_name: 'schema.table of the partition, where one was written to directly.',
  row_key:
    'Primary key before the change (after it for INSERT), as texts; the whole row where there is no key.',
  old_values: 'Values before, as PostgreSQL prints them; of an UPDATE only those that changed.',
  new_values:
    'Values after. JSON null is SQL NULL; an object stands for a value that is redacted or too large.',
  row_count: 'Of a TRUNCATE: how many rows there were; null where the log may not count them.',
  actor: "Who the application said did it: set_config('audit.actor', …, true). A claim.",
  login_role: 'session_user: who was logged in.',
  set_role: 'The role set by SET ROLE, if any.',
};

/** INSERT is open to the owner of the log, as whom the trigger function runs; a grant to others does not help. */
function guardFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.guard_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $guard$
BEGIN
  IF TG_OP = 'INSERT' AND current_user = (
    SELECT pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class AS c WHERE c.oid = TG_RELID
  ) THEN
    RETURN NULL;
  END IF;
  RAISE insufficient_privilege USING
    MESSAGE = 'The audit log only takes rows from its triggers: ' || TG_OP || ' is refused.';
END
$guard$`;
}
