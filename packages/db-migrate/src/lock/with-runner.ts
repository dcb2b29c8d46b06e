import { assertDirectHost, assertOwnBackends } from '../connection/direct-connection.ts';
import { explainConnection } from '../connection/explain-connection.ts';
import { openSession, type Session } from '../connection/session.ts';
import { resetSession } from '../connection/session-settings.ts';
import { MigrationAbortedError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { createLedger } from '../ledger/create-ledger.ts';
import { createLedgerAccess, type Ledger, type LedgerRow } from '../ledger/ledger.ts';
import type { ResolvedOptions } from '../options.ts';
import { acquireLock, releaseLock } from './advisory-lock.ts';
import { type Lease, takeLease } from './lease.ts';

/** All that the steps of one run share. */
export interface Run {
  readonly options: ResolvedOptions;
  readonly emit: EventListener;
  /** Holds the lock and the lease, watches and cancels; never runs a migration. */
  readonly control: Session;
  /** Runs the migrations, and holds a lock of its own that outlives a killed runner's open statement. */
  readonly worker: Session;
  readonly lease: Lease;
  readonly ledger: Ledger;
  /**
   * To be asked before every statement.
   *
   * @throws MigrationAbortedError
   * @throws RunnerLockLostError
   */
  assertGoing(): void;
}

/**
 * Runs as the only runner of this ledger: `prepare` decides, and may refuse before anything is written;
 * `perform` then does it. Two connections: the lock stays with one, the work goes through the other, so that the
 * heartbeat goes on during a long statement.
 *
 * @throws MigrationLockedError · TransactionPoolerError · MigrationConnectionError · LedgerPermissionError
 */
export async function withRunner<P, T>(
  options: ResolvedOptions,
  prepare: (rows: readonly LedgerRow[], worker: Session) => Promise<P>,
  perform: (run: Run, prepared: P) => Promise<T>,
): Promise<T> {
  const { connectionString, ledgerSchema, signal, emit } = options;
  assertDirectHost(connectionString);
  if (signal?.aborted) throw new MigrationAbortedError(signal.reason);
  const deadline = performance.now() + options.waitMs;
  const control = await openSession(connectionString, 'tothub-db-migrate lock');
  let worker: Session | undefined;
  try {
    worker = await openSession(connectionString, 'tothub-db-migrate');
    await assertOwnBackends(control.client, worker.client, control.reportedPid);
    await resetSession(control);
    await acquireLock(control, { ledgerSchema, role: 'runner', deadline, emit, signal });
    await resetSession(worker);
    await acquireLock(worker, { ledgerSchema, role: 'worker', deadline, emit, signal });
    const ledger = createLedgerAccess(ledgerSchema);
    const prepared = await prepare(await ledger.read(control.client), worker);
    await createLedger(control.client, ledgerSchema);
    const lease = await takeLease(control, ledgerSchema);
    if (lease.takenFrom) emit({ type: 'lease-taken-over', from: lease.takenFrom });
    const assertGoing = (): void => {
      if (signal?.aborted) throw new MigrationAbortedError(signal.reason);
      lease.assertHeld();
    };
    let result: T;
    try {
      const run = { options, emit, control, worker, lease, ledger, assertGoing };
      result = await perform(run, prepared);
    } finally {
      // Before the locks, so that the next runner does not meet a stale lease.
      await lease.release().catch(() => {});
    }
    await releaseLock(worker, ledgerSchema, 'worker');
    await releaseLock(control, ledgerSchema, 'runner');
    return result;
  } catch (error) {
    throw explainConnection(error, worker ? [control, worker] : [control]);
  } finally {
    // Closing a session gives its locks back as well.
    await worker?.end().catch(() => {});
    await control.end().catch(() => {});
  }
}
