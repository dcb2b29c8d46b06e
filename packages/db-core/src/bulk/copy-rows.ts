import { executor, type WriteDatabase } from '../database/database.ts';
import { sql } from '../query/sql.ts';
import { withTransaction } from '../transaction/with-transaction.ts';
import type { BulkColumns, BulkRow, BulkTable } from './columns.ts';
import { copyIn } from './copy-in.ts';
import { copyText } from './copy-text.ts';
import { valueWriter } from './value-text.ts';

export interface CopyRows<C extends BulkColumns> {
  /** The table: schema and name. */
  readonly into: BulkTable;
  /** The columns that are written, by the keys of the rows; the others get their defaults. */
  readonly columns: C;
  /** Taken one by one, as fast as the server takes them. */
  readonly rows: AsyncIterable<BulkRow<C>> | Iterable<BulkRow<C>>;
  /** Ends the COPY; nothing is stored then. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Time that it may take, waiting for the rows included; in milliseconds, from 1.
   * @default no limit
   */
  readonly timeoutMs?: number | undefined;
}

/**
 * Stores any number of rows in bounded memory, at about twice the speed of `insertMany`. All of them or none: an error
 * of the server, of a row, of where the rows come from, or the signal leaves nothing behind. It runs in a transaction,
 * or in a savepoint of the one it is given, so a transaction pooler is no obstacle.
 *
 * The server refuses it for tables with row-level security that applies to the user, and for views.
 *
 * PostgreSQL manual: COPY.
 *
 * @returns how many rows were stored, without those that a trigger left out
 * @throws InvalidInputError for a value that cannot be stored as it is: a NUL in a text, a number out of range
 * @throws CancelledError when the signal ends it
 *
 * @example
 * await copyRows(db, {
 *   into: ['public', 'session_activity'],
 *   columns: { sessionId: ['session_id', 'text'], at: ['timestamp', 'timestamp'] },
 *   rows: activitiesOf(file),
 * });
 * // COPY "public"."session_activity" ("session_id", "timestamp") FROM STDIN
 */
export async function copyRows<const C extends BulkColumns>(
  db: WriteDatabase,
  { into, columns, rows, signal, timeoutMs = LONGEST_MS }: CopyRows<C>,
): Promise<number> {
  const where = `copyRows into ${into.join('.')}`;
  const names = Object.values(columns).map(([name]) => sql.identifier([name]));
  const { sql: text } =
    sql`COPY ${sql.identifier(into)} (${sql.join(names, sql`, `)}) FROM STDIN (ENCODING 'UTF8')`;
  const writers = Object.entries(columns).map(([key, [, type]]) => ({
    key,
    write: valueWriter(where, key, type),
  }));
  return withTransaction(db, { timeoutMs, signal, retries: 0 }, (tx) =>
    tx[executor].withSession((session) =>
      session.usePgClient(
        (client) => copyIn(client, text, copyText(rows, writers), { signal, timeoutMs }),
        { signal },
      ),
    ),
  );
}

/** The largest that PostgreSQL takes, 24 days: COPY lasts as long as its rows do. */
const LONGEST_MS = 2_147_483_647;
