import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../connection/session.ts';
import { MigrationAbortedError, MigrationLockedError, RunnerLockLostError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { describeHolder, lockHolder } from './holder.ts';

/** Advisory lock key of a ledger; advisory locks are counted per database already. */
export function lockKey(ledgerSchema: string, role: 'runner' | 'worker'): string {
  const digest = createHash('sha256').update(`tothub-db-migrate/${role}/${ledgerSchema}`).digest();
  return digest.readBigInt64BE().toString();
}

export interface AcquireOptions {
  readonly ledgerSchema: string;
  readonly role: 'runner' | 'worker';
  /** Moment, by `performance.now()`, at which waiting ends. */
  readonly deadline: number;
  readonly emit: EventListener;
  readonly signal: AbortSignal | undefined;
}

/**
 * Takes a session's advisory lock by asking again and again. It never waits inside the server: a waiting
 * `pg_advisory_lock` holds a snapshot that a concurrent index build waits for, and the two never end.
 *
 * @throws MigrationLockedError naming the holder, once the time is up.
 * @throws MigrationAbortedError
 */
export async function acquireLock(session: Session, options: AcquireOptions): Promise<void> {
  const key = lockKey(options.ledgerSchema, options.role);
  for (let attempt = 0; ; attempt++) {
    if (options.signal?.aborted) throw new MigrationAbortedError(options.signal.reason);
    const { rows } = await session.client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS locked',
      [key],
    );
    if (rows[0]?.locked) return;
    const left = options.deadline - performance.now();
    if (attempt === 0 || left <= 0) {
      const holder = await lockHolder(session.client, key, options.ledgerSchema);
      if (left <= 0) {
        const what =
          options.role === 'runner'
            ? 'Another run holds the migration lock.'
            : 'A statement of a run that has ended is still at work on the server.';
        throw new MigrationLockedError(
          `${what} ${describeHolder(holder)} Wait for it to end, then run again.`,
          holder,
        );
      }
      options.emit({ type: 'runner-waiting', holder });
    }
    await sleep(Math.min(left, 100 + Math.random() * 150), undefined, {
      signal: options.signal,
    }).catch(() => {});
  }
}

/**
 * Gives the lock back and makes sure that it was this session's to give.
 *
 * @throws RunnerLockLostError when the session did not hold it.
 */
export async function releaseLock(
  session: Session,
  ledgerSchema: string,
  role: AcquireOptions['role'],
): Promise<void> {
  const { rows } = await session.client.query<{ unlocked: boolean }>(
    'SELECT pg_advisory_unlock($1) AS unlocked',
    [lockKey(ledgerSchema, role)],
  );
  if (!rows[0]?.unlocked) {
    throw new RunnerLockLostError('The migration lock was no longer held at the end of the run.');
  }
}
