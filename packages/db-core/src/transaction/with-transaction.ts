import { executor, type ReadDatabase, type WriteDatabase } from '../database/database.ts';
import { TransactionUsageError } from '../errors/transaction-errors.ts';
import { runNested } from './nested-transaction.ts';
import { runOutermost } from './outermost-transaction.ts';
import { Scope } from './scope.ts';
import { assertTimeout } from './timeouts.ts';
import { type Isolation, STRENGTH, type Transaction } from './transaction.ts';
import type { ReadTransactionOptions, TransactionOptions } from './transaction-options.ts';

/** The callback as both kinds of transaction run it. */
export type Use<T> = (tx: Transaction<Isolation, 'read' | 'write'>) => Promise<T>;

/**
 * Runs `use` in a transaction: committed when it resolves, rolled back when it rejects. After a serialization failure
 * or a deadlock the whole of `use` runs again, after a wait that grows and differs (full jitter), so it must do
 * nothing that cannot be done twice; `tx.afterCommit` is for that.
 *
 * On a transaction it makes a savepoint: when `use` rejects, the outer transaction is as it was before, and goes on.
 *
 * @throws UnknownOutcomeError when the connection is lost at the COMMIT: the transaction may be committed. It is not
 * run again.
 * @throws TransactionRolledBackError when `use` resolves although a statement in it has failed.
 * @throws TransactionUsageError, CancelledError
 * @see https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 * @example
 * const stub = await withTransaction(db, { isolation: 'serializable' }, async (tx) => {
 *   const period = await lockPayPeriod(tx, { id });
 *   tx.afterCommit(() => sendMail(period));
 *   return createPayStub(tx, { payPeriodId: period.id });
 * });
 * // BEGIN ISOLATION LEVEL SERIALIZABLE
 * // …
 * // COMMIT
 */
export function withTransaction<T, I extends Isolation = 'read committed'>(
  db: ReadDatabase,
  options: ReadTransactionOptions<I>,
  use: (tx: Transaction<I, 'read'>) => Promise<T>,
): Promise<T>;
export function withTransaction<T, I extends Isolation = 'read committed'>(
  db: WriteDatabase,
  options: TransactionOptions<I> & { readonly readOnly?: false | undefined },
  use: (tx: Transaction<I, 'write'>) => Promise<T>,
): Promise<T>;
export async function withTransaction<T>(
  db: ReadDatabase,
  options: TransactionOptions & { readonly deferrable?: boolean | undefined },
  use: (tx: Transaction<Isolation, never>) => Promise<T>,
): Promise<T> {
  const { isolation } = options;
  if (isolation !== undefined && !Object.hasOwn(STRENGTH, isolation)) {
    throw new TransactionUsageError(
      `There is no such isolation. Use ${Object.keys(STRENGTH).join(', ')}.`,
    );
  }
  assertTimeout('timeoutMs', options.timeoutMs);
  assertTimeout('lockTimeoutMs', options.lockTimeoutMs);
  if (options.deferrable && !(options.readOnly && isolation === 'serializable')) {
    throw new TransactionUsageError(
      'deferrable has no meaning here. Use it with readOnly and isolation serializable.',
    );
  }
  const source = db[executor];
  return source instanceof Scope
    ? runNested(source, options, use as Use<T>)
    : runOutermost(source, options, use as Use<T>);
}
