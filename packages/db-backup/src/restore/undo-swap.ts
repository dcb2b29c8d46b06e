import type { Client } from 'pg';
import { withConnection } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import { RestoreFailedError } from '../errors.ts';
import { databaseOf, keptName, maintenanceAddress } from './database-address.ts';
import { commentDatabase, parseDatabaseNote } from './restore-note.ts';
import { renameDatabases } from './swap-databases.ts';

/** A database that a swap put aside. */
export interface KeptDatabase {
  readonly name: string;
  readonly owner: string;
  /** Name that it had before, and gets back. */
  readonly database: string;
  /** Backup that took its place. */
  readonly backupId: string;
  readonly at: string;
}

/** What changed places. */
export interface UndoneSwap {
  /** Name under which the restored database is kept now. */
  readonly kept: string;
  readonly restored: KeptDatabase;
}

/** Databases of a server that swaps put aside, newest first. */
export async function listKeptDatabases(connectionString: string): Promise<KeptDatabase[]> {
  return withConnection(connectionString, undefined, async (client) =>
    (await keptDatabases(client)).map(({ comment: _, ...kept }) => kept),
  );
}

/**
 * Takes back the newest swap of a database: the former one gets its name back, and what was restored is kept under
 * another. Both renames are one transaction.
 *
 * @throws RestoreFailedError when no database was put aside under that name
 * @throws TargetInUseError when somebody is connected, unless their sessions may be ended
 * @example
 * ```ts
 * await undoRestore('postgresql://me@host/app'); // app_before_… is app again
 * ```
 */
export async function undoRestore(
  connectionString: string,
  options: {
    readonly sessions?: 'refuse' | 'disconnect';
    /** Name of the database that is to come back, as `listKeptDatabases` gives it. @default the newest */
    readonly kept?: string;
    readonly signal?: AbortSignal;
  } = {},
): Promise<UndoneSwap> {
  const { signal } = options;
  const database = databaseOf(connectionString);
  const maintenance = await maintenanceAddress(connectionString, signal);
  const found = (await withConnection(maintenance, signal, keptDatabases)).find(
    (one) => one.database === database && one.name === (options.kept ?? one.name),
  );
  if (!found) {
    throw new RestoreFailedError(
      `No database of this server was put aside by a restore into ${database}. Nothing was changed; look for it with another URL.`,
    );
  }
  const { comment, ...restored } = found;
  const kept = keptName(database, 'undone', new Date());
  await renameDatabases(
    [
      { from: database, to: kept },
      { from: found.name, to: database },
    ],
    [commentDatabase(database, comment)],
    { maintenance, disconnect: options.sessions === 'disconnect', signal },
  );
  return { kept, restored };
}

async function keptDatabases(
  client: Client,
): Promise<(KeptDatabase & { readonly comment: string | null })[]> {
  const rows = await queryRows<{ name: string; owner: string; comment: string }>(
    client,
    `SELECT datname AS name, pg_get_userbyid(datdba) AS owner, shobj_description(oid, 'pg_database') AS comment FROM pg_database
     WHERE shobj_description(oid, 'pg_database') IS NOT NULL`,
  );
  return rows
    .flatMap(({ name, owner, comment }) => {
      const note = parseDatabaseNote(comment);
      if (note?.state !== 'kept') return [];
      const { database, backupId, at, comment: own } = note;
      return [{ name, owner, database, backupId, at, comment: own }];
    })
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}
