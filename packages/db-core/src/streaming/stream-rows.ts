import type { z } from 'zod';
import { executor, type ReadDatabase } from '../database/database.ts';
import type { Query } from '../query/define-query.ts';
import type { Statement } from '../query/statement.ts';
import { isTransaction } from '../transaction/transaction.ts';
import { Cursor } from './cursor.ts';
import { holdTransaction } from './held-transaction.ts';

/** How rows are streamed. */
export interface StreamOptions {
  /**
   * Rows that are fetched, checked and held at once. From 1.
   * @default 1000
   */
  readonly batchSize?: number | undefined;
  /** Ends the stream: on the server while it fetches, before the next batch otherwise. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Longest time that the loop may take over a batch before the server takes the connection back, in milliseconds; 0
   * for any time. On a transaction, what holds for that.
   * @default 60_000
   */
  readonly pauseMs?: number | undefined;
}

/**
 * Reads the rows of a query one by one, however many there are, in bounded memory: the next batch is fetched when the
 * loop asks for it. All rows are of one moment, that of the first fetch. Each batch is checked against the row of the
 * query, and the statement timeout applies to each fetch. Leaving the loop by break, return or throw gives the
 * connection back.
 *
 * It holds one connection in a read-only transaction, so it works behind a transaction pooler. On a transaction it
 * runs in that, and other statements may run between two rows.
 *
 * PostgreSQL manual: DECLARE, 43.7 Cursors.
 *
 * @throws InvalidInputError, UnexpectedResultError, CancelledError, and what the server answers
 *
 * @example
 * for await (const entry of streamRows(db, listSessionLog, { since }, { signal: request.signal })) {
 *   if (!response.write(toCsv(entry))) await once(response, 'drain');
 * }
 * // BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY
 * // DECLARE "stream_1" NO SCROLL CURSOR FOR SELECT …
 * // FETCH 1000 FROM "stream_1"                          -- until fewer come
 * // COMMIT
 */
export async function* streamRows<I extends z.ZodType, R extends z.ZodObject>(
  db: ReadDatabase,
  query: Query<I, R, 'many', 'read'>,
  input: z.input<I>,
  options: StreamOptions = {},
): AsyncGenerator<z.output<R>, void, undefined> {
  const statement = query.statement(input);
  const { batchSize = 1_000, signal, pauseMs = 60_000 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError('batchSize is not a whole number from 1.');
  }
  if (isTransaction(db)) {
    const cursor = new Cursor(db, statement, signal);
    try {
      yield* rowsOf<z.output<R>>(cursor, batchSize);
    } finally {
      await cursor.close();
    }
    return;
  }
  const held = await holdTransaction(db, signal);
  try {
    await held.tx[executor].execute(settings(pauseMs));
    yield* rowsOf<z.output<R>>(new Cursor(held.tx, statement, signal), batchSize);
  } catch (error) {
    await held.fail(error);
  } finally {
    await held.release();
  }
}

async function* rowsOf<T>(cursor: Cursor, batchSize: number): AsyncGenerator<T, void, undefined> {
  await cursor.open();
  for (;;) {
    const rows = await cursor.fetch(batchSize);
    for (const row of rows as readonly T[]) yield row;
    if (rows.length < batchSize) return;
  }
}

/** A plan for all rows, not the one that is quickest with the first; and time for the loop. */
function settings(pauseMs: number): Statement {
  return {
    name: 'streamRows',
    access: 'read',
    text: `SELECT set_config('cursor_tuple_fraction', '1', true), set_config('idle_in_transaction_session_timeout', $1, true)`,
    values: [String(pauseMs)],
    shape: null,
  };
}
