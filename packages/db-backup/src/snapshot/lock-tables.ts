import { qualifiedName } from '@tothub/db-catalog';
import type pg from 'pg';
import { withConnection } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import { errorCode, TableLockedError } from '../errors.ts';

interface LockableTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
}

const TABLES_PER_STATEMENT = 200;

/**
 * Locks every table ACCESS SHARE before the snapshot is taken, so that none can be dropped, altered or
 * truncated while the backup reads it. LOCK TABLE takes no snapshot: manual, "Explicit Locking".
 *
 * @throws TableLockedError naming who stood in the way, after `lockTimeoutMs`
 * @example
 * ```sql
 * LOCK TABLE ONLY public.children, ONLY public.staff IN ACCESS SHARE MODE
 * ```
 */
export async function lockTables(
  client: pg.Client,
  tables: readonly LockableTable[],
  options: { readonly connectionString: string; readonly lockTimeoutMs: number },
): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${Math.max(1, Math.trunc(options.lockTimeoutMs))}`);
  for (let from = 0; from < tables.length; from += TABLES_PER_STATEMENT) {
    const some = tables.slice(from, from + TABLES_PER_STATEMENT);
    const names = some.map((table) => `ONLY ${qualifiedName(table)}`);
    try {
      await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
    } catch (error) {
      if (errorCode(error) !== '55P03') throw error;
      throw new TableLockedError(
        `Could not read every table within ${options.lockTimeoutMs} ms: ${await blockers(options.connectionString, some)}. Wait for it to end, or end it, and try again.`,
        { cause: error },
      );
    }
  }
}

/** Every table, also those created since, as a session of its own or a transaction sees them. */
export function lockableTables(client: pg.Client): Promise<LockableTable[]> {
  return queryRows(
    client,
    `SELECT c.oid, n.nspname AS schema, c.relname AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY 2, 3`,
  );
}

/** Who holds ACCESS EXCLUSIVE on one of the tables; never the text of a query, which may hold values. */
async function blockers(
  connectionString: string,
  tables: readonly LockableTable[],
): Promise<string> {
  const rows = await withConnection(connectionString, undefined, (client) =>
    queryRows<{ what: string }>(
      client,
      `SELECT DISTINCT format('%s is locked by process %s (user %s, application %s, %s since %s)',
         l.relation::regclass, l.pid, a.usename, quote_nullable(a.application_name), a.state, date_trunc('second', a.state_change))
         AS what
       FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
       WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'AccessExclusiveLock'
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND l.relation = ANY ($1::oid[])`,
      [tables.map((table) => table.oid)],
    ),
  );
  return rows.map((row) => row.what).join('; ') || 'another session held a lock';
}
