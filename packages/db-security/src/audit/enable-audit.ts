import { type Queryable, qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { TreatmentError, withoutValues } from '../errors.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from './install-audit.ts';

/** How a table is audited. */
export interface EnableAuditOptions extends AuditOptions {
  /** Columns of which only the fact that they changed is logged. A column that does not exist is an error. */
  readonly redact?: readonly string[] | undefined;
  /** Columns that are not logged; an UPDATE that changes only these leaves no row. */
  readonly exclude?: readonly string[] | undefined;
  /** Columns whose change alone leaves no row, say `updated_at`; beside another change they are logged. */
  readonly ignore?: readonly string[] | undefined;
  /**
   * What an INSERT leaves: its key and a hash of its content, from which `asOf` walks back to the values, or the values
   * too. Rows of a table without a key always leave all values. @default 'compact'
   */
  readonly mode?: 'compact' | 'full' | undefined;
  /**
   * What a TRUNCATE leaves: one row with the number of rows, or a copy of each of them; or it is refused. After `count`,
   * `asOf` cannot tell what the rows were. @default 'count'
   */
  readonly truncate?: 'count' | 'copy' | 'refuse' | undefined;
}

/** What {@link enableAudit} did. */
export interface EnableAuditResult {
  /** False when the table was audited in just this way already. */
  readonly changed: boolean;
}

/** The conditions that `enable_table` raises on purpose; their messages hold names only. */
const REFUSALS: ReadonlySet<unknown> = new Set(['42P01', '42703', '22023', '42710']);

/**
 * Puts the audit triggers on a table, and on its partitions where it has some. A second call with the same
 * options changes nothing and takes no lock; the first waits half a second at most for writers.
 *
 * @throws {TreatmentError} when the table or a named column does not exist, or a key column is to be redacted.
 * @throws {StatementError} when PostgreSQL refuses; retryable when a lock was not to be had.
 *
 * @example
 * ```ts
 * await enableAudit(db, { schema: 'public', name: 'staff' }, { redact: ['account'] });
 * // SELECT audit.enable_table($1, $2, $3)
 * // → CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON public.staff
 * //   REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_staff_…(…)
 * ```
 */
export async function enableAudit(
  db: Queryable,
  table: RelationName,
  options: EnableAuditOptions = {},
): Promise<EnableAuditResult> {
  const { schema = DEFAULT_AUDIT_SCHEMA, redact = [], exclude = [], ignore = [] } = options;
  const { mode = 'compact', truncate = 'count' } = options;
  const doing = `Auditing ${qualifiedName(table)}`;
  try {
    const { rows } = await db.query(
      `SELECT ${quoteIdent(schema)}.enable_table($1, $2, $3) AS changed`,
      [table.schema, table.name, JSON.stringify({ redact, exclude, ignore, mode, truncate })],
    );
    return { changed: rows[0]?.changed === true };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (!REFUSALS.has(code)) throw withoutValues(error, doing);
    throw new TreatmentError(
      `${doing} was refused: ${String(message)}. Correct it and call again.`,
      {
        cause: withoutValues(error, doing),
      },
    );
  }
}

/**
 * Takes the audit triggers off a table and its partitions. What was logged stays.
 *
 * @throws {StatementError} when PostgreSQL refuses.
 */
export async function disableAudit(
  db: Queryable,
  table: RelationName,
  options: AuditOptions = {},
): Promise<void> {
  const { schema = DEFAULT_AUDIT_SCHEMA } = options;
  try {
    await db.query(`SELECT ${quoteIdent(schema)}.disable_table($1, $2)`, [
      table.schema,
      table.name,
    ]);
  } catch (error) {
    throw withoutValues(error, `Taking the audit off ${qualifiedName(table)}`);
  }
}
