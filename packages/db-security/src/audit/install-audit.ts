/**
 * Installs the audit log: its tables and guards, and the functions that audit tables, seal the log and keep its months.
 * Needs no superuser. Who installs owns all but the functions that write; those belong to a role that can do nothing else.
 */
import { type Queryable, quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import { withoutValues } from '../errors.ts';
import { disableFunction, enableFunction } from './enable-function.ts';
import { evidenceStatements } from './evidence/evidence-functions.ts';
import { guardFunction, noteFunction } from './recording/guard.ts';
import { logComments, logTables, partitionsFunction } from './recording/log-tables.ts';
import { recordingFunctions } from './recording/recording-function.ts';
import { unchangedFunctions } from './recording/unchanged.ts';
import { giveToWriter, INSTALL_LOCK, makeWriter, writerFunctions } from './recording/writer.ts';

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

/** The statements of an installation, but for the role that writes; also to compare with what is installed. */
export function installSteps(schema: string): string[] {
  const s = quoteIdent(schema);
  return [
    `CREATE SCHEMA IF NOT EXISTS ${s}`,
    ...logTables(s),
    ...Object.entries(logComments).map(
      ([column, comment]) => `COMMENT ON COLUMN ${s}.log.${column} IS ${quoteLiteral(comment)}`,
    ),
    guardFunction(s),
    partitionsFunction(s),
    noteFunction(s),
    ...writerFunctions(s),
    ...unchangedFunctions(s),
    ...recordingFunctions(s),
    ...evidenceStatements(s),
    enableFunction(schema),
    disableFunction(schema),
    `REVOKE ALL ON SCHEMA ${s} FROM PUBLIC`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${s} FROM PUBLIC`,
    `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${s} FROM PUBLIC`,
  ];
}

function installStatement(schema: string): string {
  const s = quoteIdent(schema);
  // Each step is a literal: nothing of a name can end the block.
  const [schemaStep, ...rest] = installSteps(schema).map(
    (step) => `EXECUTE ${quoteLiteral(step)};`,
  );
  return `DO ${quoteLiteral(`DECLARE
  writer text;
  owned text;
BEGIN
PERFORM pg_catalog.pg_advisory_xact_lock(${INSTALL_LOCK});
${schemaStep}${makeWriter(schema)}
${rest.join('\n')}${giveToWriter(schema)}
EXECUTE ${quoteLiteral(`SELECT ${s}.add_partitions()`)};
END`)}`;
}
