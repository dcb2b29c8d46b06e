import { assertSession, inTransaction, type TransactionalClient } from '../session.ts';

/**
 * Runs `fn` in a transaction of its own whose audit rows name `actor`. The name ends with the transaction, so
 * it is right through a transaction pooler too, and does not leak to who gets the session next.
 * It is a claim: the log keeps the login role beside it.
 *
 * @throws {SessionRequiredError} when given a pool.
 *
 * @example
 * ```ts
 * await withActor(client, 'staff:17', () => client.query('UPDATE …'));
 * // BEGIN; SELECT set_config('audit.actor', $1, true); UPDATE …; COMMIT
 * ```
 */
export async function withActor<T>(
  db: TransactionalClient,
  actor: string,
  fn: () => Promise<T>,
): Promise<T> {
  assertSession(db);
  return inTransaction(db, async () => {
    await db.query("SELECT pg_catalog.set_config('audit.actor', $1, true)", [actor]);
    return fn();
  });
}
