/**
 * The one moment a backup shows. A session holds a REPEATABLE READ transaction open and lends its snapshot
 * to the dump and to the counting session (manual, "Snapshot Synchronization Functions").
 */
import { type Catalog, type RelationName, readCatalog } from '@tothub/db-catalog';
import type pg from 'pg';
import { withConnection } from '../connection/connect.ts';
import { queryRow } from '../connection/query-rows.ts';
import { errorCode } from '../errors.ts';
import { relationKey } from '../relation-key.ts';
import { leftOutRelations } from '../selection/left-out-relations.ts';
import { type Selection, type SelectionOptions, selectFrom } from '../selection/selection.ts';
import { lockableTables, lockTables } from './lock-tables.ts';

export interface HeldSnapshot {
  readonly id: string;
  readonly lsn: string | null;
  /** Without what is left out. */
  readonly catalog: Catalog;
  readonly selection: Selection;
  readonly client: pg.Client;
  /** Process on the server that holds it. */
  readonly pid: number;
}

const LISTING_ATTEMPTS = 3;

/**
 * How long a session that shares the snapshot waits for its own lock on a table. The table is locked by us
 * already, so it waits only when somebody queued up in between, and then in vain.
 */
export const FOLLOWER_LOCK_TIMEOUT_MS = 1_000;

/**
 * Locks all tables, takes the snapshot and hands it to `work`; the locks last until `work` is done.
 *
 * @throws UnreadableObjectsError, SelectionError, TableLockedError, ConnectionFailedError
 * @example
 * ```sql
 * BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE … IN ACCESS SHARE MODE;
 * SELECT pg_export_snapshot()
 * ```
 */
export async function withSnapshot<T>(
  options: {
    readonly connectionString: string;
    readonly lockTimeoutMs: number;
    readonly select: SelectionOptions;
    readonly signal?: AbortSignal | undefined;
  },
  work: (snapshot: HeldSnapshot) => Promise<T>,
): Promise<T> {
  return withConnection(options.connectionString, options.signal, async (client) => {
    const left = await leftOutRelations(client, options.select);
    const gone = new Set(left.relations.map(relationKey));
    const wanted = async (): Promise<RelationName[]> =>
      (await lockableTables(client)).filter((table) => !gone.has(relationKey(table)));
    await beginWithTablesLocked(client, wanted, options);
    const taken = await queryRow<{ id: string; lsn: string | null; pid: string }>(
      client,
      `SELECT pg_export_snapshot() AS id, pg_backend_pid() AS pid,
         CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn`,
    );
    // Tables born between the listing and the snapshot belong to the backup as well.
    await lockTables(client, await wanted(), options);
    const everything = await readCatalog(client, { transaction: 'caller' });
    const selected = selectFrom(everything, options.select, left);
    return work({ ...taken, pid: Number(taken.pid), client, ...selected });
  });
}

async function beginWithTablesLocked(
  client: pg.Client,
  wanted: () => Promise<RelationName[]>,
  options: { readonly connectionString: string; readonly lockTimeoutMs: number },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const tables = await wanted();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      return await lockTables(client, tables, options);
    } catch (error) {
      await client.query('ROLLBACK');
      // A table or its schema vanished between the listing and the lock: list again.
      const vanished = ['42P01', '3F000'].includes(errorCode(error) ?? '');
      if (!vanished || attempt === LISTING_ATTEMPTS) throw error;
    }
  }
}

/** Puts a session into the snapshot that another one holds. */
export async function importSnapshot(client: pg.Client, id: string): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query(`SET TRANSACTION SNAPSHOT '${id.replaceAll("'", "''")}'`);
}
