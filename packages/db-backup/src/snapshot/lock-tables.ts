import { qualifiedName } from '@tothub/db-catalog';
import type pg from 'pg';
import { withConnection } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import { errorCode, TableLockedError } from '../errors.ts';

interface LockableTable {
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
    const names = tables
      .slice(from, from + TABLES_PER_STATEMENT)
      .map((table) => `ONLY ${qualifiedName(table)}`);
    try {
      await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
    } catch (error) {
      if (errorCode(error) !== '55P03') throw error;
      const who = await exclusiveLocks(options.connectionString);
      throw new TableLockedError(
        `Could not read every table within ${options.lockTimeoutMs} ms: ${who.join('; ') || 'another session held a lock'}. Wait for it to end, or end it, and try again.`,
        { cause: error },
      );
    }
  }
}

/** Every table, also those created since, as this session's transaction sees them. */
export function lockableTables(client: pg.Client): Promise<LockableTable[]> {
  return queryRows(
    client,
    `SELECT n.nspname AS schema, c.relname AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY 1, 2`,
  );
}

/**
 * Who holds ACCESS EXCLUSIVE on a table of the database, or waits for it and so keeps out everyone who comes
 * later. Never shows the text of a query, which may hold values.
 */
export function exclusiveLocks(connectionString: string): Promise<string[]> {
  return withConnection(connectionString, undefined, async (client) => {
    const rows = await queryRows<{ what: string }>(
      client,
      `SELECT DISTINCT format('%s is %s by process %s (user %s, application %s, %s since %s)', l.relation::regclass,
         CASE WHEN l.granted THEN 'locked' ELSE 'wanted for a change' END, l.pid, a.usename,
         quote_nullable(a.application_name), a.state, date_trunc('second', a.state_change)) AS what
       FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
         LEFT JOIN pg_stat_activity a USING (pid)
       WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows.map((row) => row.what);
  });
}
