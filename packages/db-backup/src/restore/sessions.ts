import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';

/** A session that was closed may show for a moment longer. */
const LOOKS = 10;
const LOOK_AGAIN_MS = 100;

/** Who else is in a database: sessions and prepared transactions, in words that show no query. */
export async function sessionsIn(client: pg.Client, database: string): Promise<string[]> {
  for (let look = 1; ; look++) {
    const found = await sessionsNow(client, database);
    if (found.length === 0 || look === LOOKS) return found;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function sessionsNow(client: pg.Client, database: string): Promise<string[]> {
  const rows = await queryRows<{ what: string }>(
    client,
    `SELECT format('%s%s, process %s%s', coalesce(usename, 'somebody'),
         coalesce(' with ' || quote_literal(nullif(application_name, '')), ''), pid, coalesce(' from ' || client_addr, '')) AS what
       FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'
         AND pid <> pg_backend_pid()
     UNION ALL SELECT format('the prepared transaction %L of %s', gid, owner) FROM pg_prepared_xacts WHERE database = $1
     ORDER BY what`,
    [database],
  );
  return rows.map((row) => row.what);
}

/** Ends the sessions in a database that this role may end. */
export async function endSessionsIn(client: pg.Client, database: string): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid()
       AND pg_has_role(usesysid, 'USAGE')`,
    [database],
  );
}
