import { qualifiedName } from '@tothub/db-catalog';
import type { SqlClient } from '../connection/sql-client.ts';
import type { LockHolder } from '../errors.ts';
import { ledgerExists } from '../ledger/create-ledger.ts';

interface Lease {
  readonly processId: number;
  readonly host: string;
  readonly since: Date;
  readonly backendPid: number;
}

/** Who holds the advisory lock `key`: the server's own lock table, with the lease beside it where they agree. */
export async function lockHolder(
  client: SqlClient,
  key: string,
  ledgerSchema: string,
): Promise<LockHolder | null> {
  const { rows: locks } = await client.query<{
    backendPid: number;
    applicationName: string | null;
    since: Date | null;
  }>(
    `SELECT l.pid AS "backendPid", a.application_name AS "applicationName", a.backend_start AS since
     FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND ((l.classid::int8 << 32) | l.objid::int8) = $1::int8`,
    [key],
  );
  const lock = locks[0];
  if (!lock) return null;
  let lease: Lease | undefined;
  if (await ledgerExists(client, ledgerSchema)) {
    const { rows } = await client
      .query<Lease>(
        `SELECT process_id AS "processId", host, since, backend_pid AS "backendPid"
         FROM ${qualifiedName(ledgerSchema, 'migration_lease')} WHERE backend_pid = $1`,
        [lock.backendPid],
      )
      // No right to read it, or dropped a moment ago: the server's own view has to do.
      .catch(() => ({ rows: [] }));
    lease = rows[0];
  }
  return {
    backendPid: lock.backendPid,
    applicationName: lock.applicationName,
    processId: lease?.processId ?? null,
    host: lease?.host ?? null,
    since: lease?.since ?? lock.since,
  };
}

/** The holder in words, for a message. */
export function describeHolder(holder: LockHolder | null): string {
  if (!holder) return 'It was released a moment ago.';
  const who =
    holder.processId === null
      ? `Server process ${holder.backendPid}`
      : `Process ${holder.processId} on ${holder.host} (server process ${holder.backendPid})`;
  const since = holder.since === null ? '' : ` since ${holder.since.toISOString()}`;
  return `${who} holds it${since}.`;
}
