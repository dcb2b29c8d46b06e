import type { ReadDatabase } from '../database/database.ts';
import { CancelledError } from '../errors.ts';
import { withTransaction } from '../transaction/with-transaction.ts';

/** A transaction that stays open until it is told how it ends. */
export interface HeldTransaction {
  readonly tx: ReadDatabase;
  /** Commits and gives the connection back. */
  release(): Promise<void>;
  /** Rolls back, gives the connection back and throws the error. */
  fail(error: unknown): Promise<never>;
}

/** Opens a read-only transaction for work that is not one callback, such as that of a generator. */
export async function holdTransaction(
  db: ReadDatabase,
  signal: AbortSignal | undefined,
): Promise<HeldTransaction> {
  const opened = Promise.withResolvers<ReadDatabase>();
  const told = Promise.withResolvers<void>();
  const ended = withTransaction(db, { readOnly: true, retries: 0, signal }, (tx) => {
    opened.resolve(tx);
    return told.promise;
  });
  ended.catch(opened.reject);
  const tx = await opened.promise;
  return {
    tx,
    async release() {
      told.resolve();
      await ended.catch((error: unknown) => {
        // A signal that comes this late has nothing left to cancel.
        if (!(error instanceof CancelledError)) throw error;
      });
    },
    async fail(error) {
      told.reject(error);
      await ended;
      throw error;
    },
  };
}
