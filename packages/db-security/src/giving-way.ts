import { setTimeout as sleep } from 'node:timers/promises';

/**
 * lock_not_available, deadlock_detected, and serialization_failure, which a row moved to another partition gives even
 * under READ COMMITTED: somebody else was in the way, and nothing was changed.
 */
const BLOCKED: ReadonlySet<unknown> = new Set(['55P03', '40P01', '40001']);
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** How long work is tried again while others hold its rows, in milliseconds, unless told otherwise. */
export const LOCK_BUDGET_MS = 60_000;

/**
 * Runs work that locks rows, and runs it again while others hold them, with full jitter, until the budget is spent.
 * Together with the lock time-out of a pinned session, which is shorter than the usual `deadlock_timeout` of a second,
 * this makes it the side that gives way in a deadlock: the application's statement is not the one that fails.
 */
export async function givingWay<T>(
  work: () => Promise<T>,
  budgetMs: number = LOCK_BUDGET_MS,
): Promise<T> {
  const deadline = performance.now() + budgetMs;
  for (let boundMs = FIRST_PAUSE_MS; ; boundMs = Math.min(2 * boundMs, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const pauseMs = Math.random() * boundMs;
      const { code } = error as { code?: unknown };
      if (!BLOCKED.has(code) || performance.now() + pauseMs >= deadline) throw error;
      await sleep(pauseMs);
    }
  }
}
