/** Who does something, as the application says it: a setting of the transaction, which the audit triggers read. */
import { AuditRefusedError } from '../errors.ts';
import { assertSession, inTransaction, type TransactionalClient } from '../session.ts';

/**
 * Begins a transaction, and like BEGIN alone nothing else; but where one is open that has done something, PostgreSQL
 * refuses it (25001), where a plain BEGIN would warn and the COMMIT to come would end the caller's transaction.
 * Manual: SET TRANSACTION, "must be called before any query".
 */
const BEGIN_ONCE = 'BEGIN NOT DEFERRABLE';

/**
 * Runs `fn` in a transaction of its own whose audit rows name `actor`. The name ends with the transaction, so
 * it is right through a transaction pooler too, and does not leak to who gets the session next.
 * It is a claim: the log keeps the login role beside it.
 *
 * @param actor any text that PostgreSQL can hold, quotes and line breaks too; not empty, which the log could not tell
 * from none.
 * @throws {AuditRefusedError} for a text that cannot be kept as it is.
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
  assertActor(actor);
  return inTransaction(
    db,
    async () => {
      await db.query("SELECT pg_catalog.set_config('audit.actor', $1, true)", [actor]);
      return fn();
    },
    BEGIN_ONCE,
  );
}

/** @throws {AuditRefusedError} for a text that would not be logged as it is. */
function assertActor(actor: string): void {
  const why =
    actor === ''
      ? 'empty, which the log could not tell from no actor'
      : actor.includes('\0')
        ? 'not a text that PostgreSQL can hold: it has a NUL character'
        : actor.isWellFormed()
          ? undefined
          : 'not well-formed Unicode: it would be changed on its way';
  if (why === undefined) return;
  throw new AuditRefusedError(`The actor is ${why}. Pass what names the person or job.`);
}
