import { AsyncLocalStorage } from 'node:async_hooks';
import { TransactionUsageError } from '../errors/transaction-errors.ts';

/** Who holds the connection of a pool of one, so that a call inside of that work is refused instead of hanging. */
export class OnlyConnection {
  readonly #holders = new AsyncLocalStorage<{ isHolding: boolean }>();

  /** Runs work that holds the connection. */
  async hold<T>(use: () => Promise<T>): Promise<T> {
    const holder = { isHolding: true };
    try {
      return await this.#holders.run(holder, use);
    } finally {
      holder.isHolding = false;
    }
  }

  /**
   * Refuses a call that would wait for the work around it, which waits for the call.
   * @throws TransactionUsageError
   */
  assertNotInside(): void {
    if (!this.#holders.getStore()?.isHolding) return;
    throw new TransactionUsageError(
      'The only connection of the pool is held by the transaction around this call, so it would wait for ever. Use the transaction, or a larger pool.',
    );
  }
}
