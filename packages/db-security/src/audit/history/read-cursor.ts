import type { TransactionalClient } from '../../session.ts';
import type { Statement } from './evidence-query.ts';

/** Rows that are fetched at a time. */
const BATCH_ROWS = 500;

/** Streams the rows of a statement through a cursor, in the transaction that is open. */
export async function* readCursor(
  db: TransactionalClient,
  { text, values }: Statement,
  // biome-ignore lint/suspicious/noExplicitAny: drivers type their rows as any.
): AsyncGenerator<any, void, undefined> {
  await db.query(`DECLARE past NO SCROLL CURSOR FOR ${text}`, [...values]);
  for (;;) {
    const { rows } = await db.query(`FETCH FORWARD ${BATCH_ROWS} FROM past`);
    yield* rows;
    if (rows.length < BATCH_ROWS) break;
  }
  await db.query('CLOSE past');
}
