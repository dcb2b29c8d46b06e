import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Below the usual `deadlock_timeout` of one second: in a deadlock this one gives way, not the application. */
const lockTimeout = '500ms';
const tries = 60;
const longestPauseMs = 2000;

/** The server's own error, or that of a package which says that the same call may succeed later. */
function isLockFailure(error: unknown): boolean {
  const { code, isRetryable } = error as { code?: unknown; isRetryable?: unknown };
  return code === '55P03' || code === '40P01' || isRetryable === true;
}

/**
 * Runs `work` in a transaction that waits at most half a second for a lock, so that nobody queues behind it for long;
 * when it does not get the lock it steps back and tries again, with full jitter.
 *
 * @throws the server's error, 55P03 when the lock is never to be had.
 */
export async function withLockTimeout<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    await client.query('BEGIN');
    try {
      await client.query(`SET LOCAL lock_timeout = '${lockTimeout}'`);
      const result = await work();
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      if (!isLockFailure(error) || attempt === tries) throw error;
      await sleep(Math.random() * longestPauseMs);
    }
  }
}
