import { type Queryable, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { withoutValues } from '../errors.ts';
import { auditTriggers } from './enable-function.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from './install-audit.ts';
import { logProblems } from './status/log-problems.ts';
import { TABLES, type TableRow, tableProblems } from './status/table-problems.ts';

/** The operations that are audited. */
export type AuditOperation = 'insert' | 'update' | 'delete' | 'truncate';

/** When a trigger fires: always, only outside replica mode, only within it, never, or it is not there. */
export type TriggerState = 'always' | 'origin' | 'replica' | 'disabled' | 'missing';

/** How one table is audited. */
export interface AuditedTable extends RelationName {
  /** The partitioned table through which this partition is audited. */
  readonly partitionOf?: RelationName;
  readonly triggers: Readonly<Record<AuditOperation, TriggerState>>;
  readonly redact: readonly string[];
  readonly exclude: readonly string[];
  readonly ignore: readonly string[];
  /** What keeps the table from being audited as it was asked to be. Empty when all is well. */
  readonly problems: readonly string[];
}

/** The state of the audit log and of every table that has, or should have, its triggers. */
export interface AuditStatus {
  readonly installed: boolean;
  /** What is wrong with the log, its guards or its functions. */
  readonly problems: readonly string[];
  /** What is as it should be and still leaves a gap: who could write to the log, and what fires no trigger. */
  readonly limits: readonly string[];
  readonly tables: readonly AuditedTable[];
}

/**
 * Reports what is audited, and what only seems to be: triggers that are missing or switched off, columns and names that
 * have changed, partitions without triggers, guards that are off, functions that were changed or given to another owner,
 * entries outside the months. Whoever replaced a function in the database is found by this process, which knows its text.
 *
 * @throws {StatementError} when PostgreSQL refuses.
 */
export async function auditStatus(db: Queryable, options: AuditOptions = {}): Promise<AuditStatus> {
  const schema = options.schema ?? DEFAULT_AUDIT_SCHEMA;
  try {
    const log = await logProblems(db, schema);
    if (log === undefined) return { installed: false, problems: [], limits: [], tables: [] };
    if (!log.isReadable) return { installed: true, ...log.found, tables: [] };
    const { rows } = await db.query(TABLES(quoteIdent(schema), log.mayCheck), [schema]);
    return { installed: true, ...log.found, tables: (rows as TableRow[]).map(toAuditedTable) };
  } catch (error) {
    throw withoutValues(error, `Reading the state of the audit in schema ${quoteIdent(schema)}`);
  }
}

const states: Readonly<Record<string, TriggerState>> = {
  A: 'always',
  O: 'origin',
  R: 'replica',
  D: 'disabled',
};

function toAuditedTable(row: TableRow): AuditedTable {
  const triggers = Object.fromEntries(
    Object.entries(auditTriggers).map(([operation, name]) => {
      const state = row.triggers?.[name];
      return [operation, state === undefined ? 'missing' : (states[state] ?? 'missing')];
    }),
  ) as Record<AuditOperation, TriggerState>;
  return {
    schema: row.schema,
    name: row.name,
    ...(row.root !== null && row.config?.partition !== undefined ? { partitionOf: row.root } : {}),
    ...(row.root !== null && row.config === null ? { partitionOf: row.root } : {}),
    triggers,
    redact: row.config?.redact.map(({ name }) => name) ?? [],
    exclude: row.config?.exclude.map(({ name }) => name) ?? [],
    ignore: row.config?.ignore ?? [],
    problems: tableProblems(row, triggers),
  };
}
