import { type Queryable, qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { TreatmentError, withoutValues } from '../../errors.ts';
import { givingWay } from '../../giving-way.ts';
import { entriesOf } from '../history/record-entries.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';

export interface EraseAuditOptions extends AuditOptions {
  readonly table: RelationName;
  /** Texts of the primary key, now or at any time, in the order of the key. */
  readonly key: readonly string[];
  /** Only the values of these columns; a column of the key takes the key itself away too. @default all, the key stays */
  readonly columns?: readonly string[] | undefined;
  /** Kept in the log for good: the request's number, not the person's name. */
  readonly reason: string;
  /** Only counts. @default false */
  readonly dryRun?: boolean | undefined;
}

/** What {@link eraseAudit} did, or would do. */
export interface EraseAuditResult {
  /** Entries of the record, through every change of its key and its table's name. */
  readonly entries: number;
  /** Those that held something to erase. */
  readonly erased: number;
}

/**
 * Erases one record's values from the audit log, with a note that says when, by whom and why. The log still verifies:
 * what is left says that something happened, when and by whom it was done, and no longer what.
 *
 * Delete or empty the live row first: what is logged after this call is not erased. The old values stay in dead rows
 * until VACUUM, and in the write-ahead log and backups as long as those are kept.
 *
 * @throws {TreatmentError} when the reason is empty, or a named column was never audited.
 * @throws {StatementError} when PostgreSQL refuses; nothing was erased then.
 *
 * @example
 * ```ts
 * await eraseAudit(db, { table: { schema: 'public', name: 'children' }, key: ['42'], reason: 'request 2026-117' });
 * // SELECT erased FROM audit.erase_entries($1, $2, $3, $4, $5, $6, $7)
 * ```
 */
export async function eraseAudit(
  db: Queryable,
  options: EraseAuditOptions,
): Promise<EraseAuditResult> {
  const { schema = DEFAULT_AUDIT_SCHEMA, table, key, columns, reason, dryRun = false } = options;
  const doing = `Erasing a record of ${qualifiedName(table)} from the audit log`;
  if (reason.trim() === '') {
    throw new TreatmentError(`${doing} needs a reason. Name the request that asked for it.`);
  }
  const s = quoteIdent(schema);
  try {
    const isKeyNamed =
      columns !== undefined && (await namesKey(db, s, table, columns, doing)) === true;
    const ids: string[] = [];
    for await (const { id } of entriesOf(db, table, key, { schema })) ids.push(String(id));
    const { rows } = await givingWay(() =>
      db.query(
        `SELECT erased::float8 AS erased FROM ${s}.erase_entries($1::bigint[], $2, $3, $4::text[], $5, $6, $7)`,
        [ids, table.schema, table.name, columns ?? null, isKeyNamed, reason, dryRun],
      ),
    );
    return { entries: ids.length, erased: (rows[0] as { erased: number }).erased };
  } catch (error) {
    throw withoutValues(error, doing);
  }
}

/** Whether one of the columns is part of the key. A column that no configuration of the table knew is a slip of the pen. */
async function namesKey(
  db: Queryable,
  s: string,
  table: RelationName,
  columns: readonly string[],
  doing: string,
): Promise<boolean> {
  const { rows } = await db.query(
    `SELECT DISTINCT name, is_key AS "isKey" FROM ${s}.log AS l CROSS JOIN LATERAL (
       SELECT c ->> 'name' AS name, l.new_values -> 'key' ? (c ->> 'name') AS is_key FROM jsonb_array_elements(l.new_values -> 'columns') AS c
     ) AS known
     WHERE l.row_key IS NULL AND l.operation = 'ENABLE' AND l.schema_name = $1 AND l.table_name = $2`,
    [table.schema, table.name],
  );
  const known = rows as { name: string; isKey: boolean }[];
  const unknown = columns.filter((column) => !known.some(({ name }) => name === column));
  if (unknown.length > 0) {
    throw new TreatmentError(
      `${doing} names columns that were never audited: ${unknown.map((name) => quoteIdent(name)).join(', ')}. Correct them and call again.`,
    );
  }
  return known.some(({ name, isKey }) => isKey && columns.includes(name));
}
