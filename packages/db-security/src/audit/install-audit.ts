/**
 * Installs the audit log: one append-only table, one trigger function, and the functions that put the
 * triggers on tables. Needs no superuser. Who installs owns all of it, and the triggers write as that role.
 */
import { type Queryable, quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import { withoutValues } from '../errors.ts';
import { disableFunction, enableFunction } from './enable-function.ts';
import { evidenceStatements } from './evidence/evidence-functions.ts';
import { recordFunction } from './record-function.ts';
import { guardFunction, noteFunction } from './recording/guard.ts';
import { logComments, logTables, partitionsFunction } from './recording/log-tables.ts';

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
    ...logTables(s),
    ...Object.entries(logComments).map(
      ([column, comment]) => `COMMENT ON COLUMN ${s}.log.${column} IS ${quoteLiteral(comment)}`,
    ),
    guardFunction(s),
    partitionsFunction(s),
    noteFunction(s),
    ...evidenceStatements(s),
    recordFunction(schema),
    enableFunction(schema),
    disableFunction(schema),
    `SELECT ${s}.add_partitions()`,
    `REVOKE ALL ON SCHEMA ${s} FROM PUBLIC`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${s} FROM PUBLIC`,
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
