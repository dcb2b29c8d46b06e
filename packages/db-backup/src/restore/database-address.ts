/** The addresses of a restore: the database it is to go into, and another one of the same server to make it from. */
import { createHash } from 'node:crypto';
import { connect, withConnection } from '../connection/connect.ts';
import { parseConnectionString } from '../connection/connection-string.ts';
import { ConnectionFailedError, ConnectionStringError, errorCode } from '../errors.ts';

/** Databases that every server has, unless somebody dropped them. */
const MAINTENANCE = ['postgres', 'template1'];

/**
 * The same server and login with another database.
 *
 * @throws ConnectionStringError for a name that a URL cannot hold as `pg` reads it: one with `#` or `?`
 */
export function addressOf(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${encodeURI(database)}`;
  if (databaseOf(url.href) !== database)
    throw new ConnectionStringError(
      `The name ${database} cannot be part of a URL. Choose one without # and ?.`,
    );
  return url.href;
}

/** The database that a connection string names. */
export function databaseOf(connectionString: string): string {
  return parseConnectionString(connectionString).database;
}

/** False where the server says that there is no such database. @throws ConnectionFailedError for any other reason */
export async function databaseExists(
  connectionString: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const client = await connect(connectionString, { signal });
    await client.end();
    return true;
  } catch (error) {
    if (error instanceof ConnectionFailedError && errorCode(error.cause) === '3D000') return false;
    throw error;
  }
}

/**
 * Address of a database of the same server that is not the one named: from there it can be created and renamed.
 *
 * @throws ConnectionFailedError when the role may connect to none
 */
export async function maintenanceAddress(
  connectionString: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const named = databaseOf(connectionString);
  let refused: unknown;
  for (const database of MAINTENANCE) {
    if (database === named) continue;
    const address = addressOf(connectionString, database);
    try {
      await withConnection(address, signal, async () => undefined);
      return address;
    } catch (error) {
      signal?.throwIfAborted();
      refused ??= error;
    }
  }
  throw new ConnectionFailedError(
    `No other database of the server could be reached, from which ${named} could be made or renamed (${MAINTENANCE.join(' or ')}). Allow this role to connect to one of them.`,
    { cause: refused },
  );
}

/**
 * Name under which a backup is restored before it gets the one that it is to have; the same for every run, so that a
 * later one finds what a killed one left.
 */
export function workingName(database: string, backupId: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([database, backupId]))
    .digest('hex');
  return `tothub_restore_${hash.slice(0, 16)}`;
}

/** A name for a database that makes way, at most 63 bytes long. */
export function keptName(database: string, what: 'before' | 'undone', at: Date): string {
  const time = at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  const tail = `_${what}_${time}`;
  let head = database;
  while (Buffer.byteLength(head + tail) > 63) head = [...head].slice(0, -1).join('');
  return head + tail;
}
