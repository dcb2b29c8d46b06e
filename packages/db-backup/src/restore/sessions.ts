import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';

/** Who else is in a database: sessions and prepared transactions, in words that show no query. */
export async function sessionsIn(
  client: pg.Client,
  database: string,
  ours: readonly number[] = [],
): Promise<string[]> {
  const rows = await queryRows<{ what: string }>(
    client,
    `SELECT format('%s%s, process %s%s', coalesce(usename, 'somebody'),
         coalesce(' with ' || quote_literal(nullif(application_name, '')), ''), pid, coalesce(' from ' || client_addr, '')) AS what
       FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'
         AND pid <> pg_backend_pid() AND pid <> ALL ($2)
     UNION ALL SELECT format('the prepared transaction %L of %s', gid, owner) FROM pg_prepared_xacts WHERE database = $1
     ORDER BY what`,
    [database, `{${ours.join(',')}}`],
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
