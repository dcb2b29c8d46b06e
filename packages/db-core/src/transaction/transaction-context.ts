import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from './scope.ts';

/** The transaction that the running code is inside of; `outer` is of another database, or around a savepoint. */
interface TransactionContext {
  readonly scope: Scope;
  readonly outer: TransactionContext | undefined;
}

const contexts = new AsyncLocalStorage<TransactionContext>();

/** Runs the callback of a transaction, so that misuse inside of it is seen. */
export function runInside<T>(scope: Scope, use: () => T): T {
  return contexts.run({ scope, outer: contexts.getStore() }, use);
}

/** The innermost transaction that the running code is inside of, and that has not ended. */
export function innermostScope(): Scope | undefined {
  for (let at = contexts.getStore(); at !== undefined; at = at.outer) {
    if (at.scope.isOpen) return at.scope;
  }
  return undefined;
}
