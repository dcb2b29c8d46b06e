import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { qualifiedName } from '@tothub/db-catalog';
import type { Session } from '../connection/session.ts';
import { type LockHolder, RunnerLockLostError } from '../errors.ts';
import { queryLedger } from '../ledger/ledger.ts';

/** How long a lease lives without a heartbeat, in milliseconds. */
const LEASE_MS = 30_000;

/** The row that says who migrates, renewed while the runner lives. */
export interface Lease {
  readonly owner: string;
  /** The runner that left its lease behind, if one did. */
  readonly takenFrom: LockHolder | null;
  /** @throws RunnerLockLostError when the lock connection is gone or the lease ran out. */
  assertHeld(): void;
  release(): Promise<void>;
}

/**
 * Takes the lease for the holder of the advisory lock. Whoever is named in it has no session any more, or the
 * lock would not have been free: it is taken over whether or not it has expired.
 */
export async function takeLease(session: Session, ledgerSchema: string): Promise<Lease> {
  const table = qualifiedName(ledgerSchema, 'migration_lease');
  const owner = randomUUID();
  const { rows } = await queryLedger(
    session.client,
    ledgerSchema,
    `WITH old AS (SELECT * FROM ${table})
     INSERT INTO ${table} VALUES (true, $1, $2, $3, pg_backend_pid(), clock_timestamp(), clock_timestamp(),
                                  clock_timestamp() + $4 * interval '1 ms')
     ON CONFLICT (singleton) DO UPDATE SET (owner, host, process_id, backend_pid, since, heartbeat_at, expires_at) =
       (excluded.owner, excluded.host, excluded.process_id, excluded.backend_pid, excluded.since,
        excluded.heartbeat_at, excluded.expires_at)
     RETURNING (SELECT json_build_object('processId', process_id, 'host', host, 'since', since,
                  'backendPid', backend_pid, 'applicationName', NULL) FROM old) AS "from"`,
    [owner, hostname(), process.pid, LEASE_MS],
  );
  const from = rows[0]?.from as (LockHolder & { since: string }) | null;

  let lost: { readonly why: string; readonly cause?: unknown } | null = null;
  let renewedAt = performance.now();
  session.onLost((cause) => {
    lost ??= { why: 'The connection that holds the lock was lost.', cause };
  });
  const beat = async (): Promise<void> => {
    const { rowCount } = await session.client.query(
      `UPDATE ${table} SET heartbeat_at = clock_timestamp(), expires_at = clock_timestamp() + $2 * interval '1 ms'
       WHERE owner = $1`,
      [owner, LEASE_MS],
    );
    if (rowCount === 0) lost ??= { why: 'Another runner has taken over the lease.' };
    else renewedAt = performance.now();
  };
  const timer = setInterval(() => {
    beat().catch((cause: unknown) => {
      lost ??= { why: 'The lease could not be renewed.', cause };
    });
  }, LEASE_MS / 6);
  timer.unref();

  return {
    owner,
    takenFrom: from && { ...from, since: new Date(from.since) },
    assertHeld() {
      if (session.isLost) lost ??= { why: 'The connection that holds the lock was lost.' };
      if (performance.now() - renewedAt > LEASE_MS) lost ??= { why: 'The lease ran out.' };
      if (lost) throw new RunnerLockLostError(lost.why, lost.cause);
    },
    async release() {
      clearInterval(timer);
      if (!session.isLost) {
        await session.client.query(`DELETE FROM ${table} WHERE owner = $1`, [owner]);
      }
    },
  };
}
