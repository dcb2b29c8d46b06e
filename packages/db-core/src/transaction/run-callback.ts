import { executor } from '../database/database.ts';
import { CancelledError } from '../errors/cancelled-error.ts';
import {
  TransactionEndedError,
  TransactionRolledBackError,
  TransactionUsageError,
} from '../errors/transaction-errors.ts';
import type { Scope } from './scope.ts';
import type { Isolation, Transaction } from './transaction.ts';
import { runInside } from './transaction-context.ts';
import type { Use } from './with-transaction.ts';

/**
 * Runs the callback of a transaction or a savepoint, and ends its scope. What it returns may be committed.
 * @throws what the callback throws, and an error for every reason not to commit
 */
export async function runCallback<T>(scope: Scope, use: Use<T>): Promise<T> {
  const { signal } = scope.settings;
  let value: T;
  let pending: number;
  try {
    value = await runInside(scope, async () => use(transactionOf(scope)));
  } finally {
    pending = await scope.end();
  }
  if (pending > 0) {
    throw new TransactionUsageError(
      `The callback of the transaction ended while ${pending} of its statements were not done, so it was rolled back. Await every statement inside the callback.`,
    );
  }
  if (signal?.aborted) throw new CancelledError({ cause: signal.reason });
  if (scope.session.transactionStatus === 'failed') {
    throw new TransactionRolledBackError(scope.failure);
  }
  return value;
}

function transactionOf(scope: Scope): Transaction<Isolation, 'read' | 'write'> {
  return {
    access: scope.settings.readOnly ? 'read' : 'write',
    isolation: scope.settings.isolation,
    [executor]: scope,
    afterCommit(hook) {
      if (!scope.isOpen) throw new TransactionEndedError();
      scope.hooks.push(hook);
    },
  };
}
