/**
 * A table as it was: the rows of now, with the log taken back. Each row tells whether its content has the hash that the
 * log wrote then, and what of it cannot be known.
 */
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { withoutValues } from '../../errors.ts';
import { assertSession, type TransactionalClient } from '../../session.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';
import { type AsOfRow, createRowDescriber } from './as-of-row.ts';
import type { AuditMoment } from './audit-moment.ts';
import { pastRows } from './past-rows.ts';
import { type AuditLimit, openPast, type PastTable } from './past-table.ts';
import { beginReading, endReading } from './reading-session.ts';
import { unkeyedRows } from './unkeyed-rows.ts';

export interface AsOfOptions extends AuditOptions {
  /** Texts of the primary key, in its order: only the row that had this key then. */
  readonly key?: readonly string[] | undefined;
}

/** A column of the answer. */
export interface AsOfColumn {
  readonly name: string;
  /** Its type now. Values are texts of their type then; it differs where the column was retyped since. */
  readonly type: string;
  /** Whether a change of it alone is not logged, so that its values may be older or newer than the moment. */
  readonly isIgnored: boolean;
}

/** A table as it was. */
export interface AsOf extends AsyncDisposable {
  readonly table: RelationName;
  /** Columns of now that were there then, in the table's order. */
  readonly columns: readonly AsOfColumn[];
  /** What the log cannot tell of the time since then; empty when the answer is whole. */
  readonly limits: readonly AuditLimit[];
  /** The rows, by the texts of their keys, read as they are asked for. To be gone through once. */
  readonly rows: AsyncGenerator<AsOfRow, void, undefined>;
}

/**
 * Tells what a table held at a moment. A change counts from the moment it was made, not committed. It holds a
 * transaction on the session until its rows have been gone through, or it is disposed of; a large table is streamed, and
 * with a key only what has to do with that row is read.
 *
 * @throws {AuditRefusedError} when there is no such table, or the log does not reach back so far.
 * @throws {StatementError} when PostgreSQL refuses, as when row-level security would hide rows.
 *
 * @example
 * ```ts
 * await using then = await asOf(client, { schema: 'public', name: 'staff' }, '2026-03-01T12:00:00Z');
 * for await (const { key, values, unknown } of then.rows) … // BEGIN … READ ONLY; DECLARE past CURSOR FOR SELECT …; FETCH …
 * ```
 */
export async function asOf(
  db: TransactionalClient,
  table: RelationName,
  moment: AuditMoment,
  options: AsOfOptions = {},
): Promise<AsOf> {
  assertSession(db);
  const doing = `Reading ${qualifiedName(table)} as of then`;
  const auditSchema = options.schema ?? DEFAULT_AUDIT_SCHEMA;
  try {
    await beginReading(db);
    let past: PastTable;
    try {
      past = await openPast(db, auditSchema, table, moment);
    } catch (error) {
      await endReading(db);
      throw error;
    }
    const rows = readRows(db, past, options.key, doing);
    return {
      table,
      columns: columnsThen(past),
      limits: past.limits,
      rows,
      async [Symbol.asyncDispose]() {
        await rows.return();
        await endReading(db);
      },
    };
  } catch (error) {
    throw withoutValues(error, doing);
  }
}

async function* readRows(
  db: TransactionalClient,
  past: PastTable,
  key: readonly string[] | undefined,
  doing: string,
): AsyncGenerator<AsOfRow, void, undefined> {
  try {
    if (past.live.key.length === 0) yield* unkeyedRows(db, past, key);
    else {
      const describe = createRowDescriber(past);
      for await (const row of pastRows(db, past, key)) yield describe(row);
    }
  } catch (error) {
    throw withoutValues(error, doing);
  } finally {
    await endReading(db);
  }
}

function columnsThen({ live, era, eraIndex, reconstruction }: PastTable): AsOfColumn[] {
  const { columns, ignored } = reconstruction;
  const then = new Set(era.columns.map(({ name }) => columns.identify(eraIndex, name)));
  return live.columns
    .filter(({ name }) => then.has(name))
    .map(({ name, type }) => ({ name, type, isIgnored: ignored.has(name) }));
}
