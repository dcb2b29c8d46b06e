import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationAbortedError } from '../errors.ts';
import type { Run } from '../lock/with-runner.ts';
import type { Job } from './job.ts';
import { StatementError } from './statement-error.ts';

/** lock_not_available and deadlock_detected: somebody else was in the way, and nothing has changed. */
const RETRIED = new Set(['55P03', '40P01']);
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/**
 * Runs `attempt` again while others hold the locks it needs, with full jitter (a random pause between nothing
 * and a bound that doubles), until the budget of wall time is spent. The time-out is never dropped: a queued
 * lock makes everybody behind it wait.
 */
export async function retryOnLock<T>(run: Run, job: Job, attempt: () => Promise<T>): Promise<T> {
  const { retryBudgetMs, signal } = run.options;
  const deadline = performance.now() + retryBudgetMs;
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StatementError) || !RETRIED.has(error.sqlstate ?? '')) throw error;
      const bound = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (count - 1));
      const retryInMs = Math.round(Math.random() * bound);
      if (performance.now() + retryInMs >= deadline) throw error;
      run.emit({
        type: 'lock-wait',
        version: job.version,
        sqlstate: error.sqlstate,
        attempt: count,
        retryInMs,
        blockers: error.blockers,
      });
      await sleep(retryInMs, undefined, { signal }).catch(() => {
        throw new MigrationAbortedError(signal?.reason);
      });
      run.assertGoing();
    }
  }
}
