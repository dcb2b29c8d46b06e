import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../errors/cancelled-error.ts';
import { DeadlockError, SerializationFailureError } from '../errors/concurrency-errors.ts';
import type { TransactionOptions } from './transaction-options.ts';

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1_000;
/** More than anybody wraps an error. */
const DEPTH = 8;

/** Whether a conflict with another transaction is behind an error, so that running the whole again may succeed. */
export function isConflict(error: unknown): boolean {
  let at = error;
  for (let depth = 0; depth < DEPTH && at instanceof Error; depth++) {
    if (at instanceof SerializationFailureError || at instanceof DeadlockError) return true;
    at = at.cause;
  }
  return false;
}

/**
 * Milliseconds to wait after an attempt: any time up to a bound that doubles, so that those that collided spread out.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ "full jitter"
 */
export function waitAfter(attempt: number, random: () => number = Math.random): number {
  return Math.floor(random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)));
}

/** Runs work again while `isRetryable` says so, as often and as long as the options allow. */
export async function withRetry<T>(
  options: TransactionOptions,
  isRetryable: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const { retries = 10, budgetMs = 15_000, signal, onRetry } = options;
  const began = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const waitMs = waitAfter(attempt);
      const isTooLate = performance.now() - began + waitMs > budgetMs;
      if (attempt > retries || isTooLate || !isRetryable(error)) throw error;
      onRetry?.({ attempt, waitMs, error });
      await sleep(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => {
        throw new CancelledError({ cause: signal?.reason });
      });
    }
  }
}
