import pg from 'pg';
import { MigrationConnectionError } from '../errors.ts';
import {
  causeWithoutValues,
  endsConnection,
  messageWithoutValues,
  sqlstateOf,
} from './server-error.ts';
import { inTurn, type SqlClient } from './sql-client.ts';

/** One connection of the runner, and whether it still stands. */
export interface Session {
  readonly client: SqlClient;
  readonly backendPid: number;
  /** Process id that the log-in reported; a pooler makes one up. */
  readonly reportedPid: number;
  readonly serverVersion: number;
  /** Set as soon as the driver notices that the connection is gone. */
  readonly isLost: boolean;
  /** Runs when the connection goes without having been closed here. */
  onLost(listener: (error: Error) => void): void;
  end(): Promise<void>;
}

/**
 * Opens a connection without changing anything in it.
 *
 * @throws MigrationConnectionError
 */
export async function openSession(
  connectionString: string,
  applicationName: string,
): Promise<Session> {
  let client: pg.Client;
  try {
    // The driver takes anything for a URL, and an empty string for a server on this machine.
    if (!/^postgres(ql)?:\/\//i.test(connectionString)) throw new TypeError('not a URL');
    client = new pg.Client({
      connectionString,
      application_name: applicationName,
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
    });
  } catch {
    // The driver's message quotes the string, password and all.
    throw new MigrationConnectionError(
      'The connection string is not a PostgreSQL URL. It looks like postgresql://user:password@host/database.',
      { cause: undefined, isRetryable: false, sqlstate: null },
    );
  }
  let isLost = false;
  const listeners: ((error: Error) => void)[] = [];
  client.on('error', (error) => {
    isLost = true;
    for (const listener of listeners) listener(error);
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number; version: number }>(
      `SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version`,
    );
    const { pid: backendPid, version: serverVersion } = rows[0] as { pid: number; version: number };
    return {
      client: inTurn(client),
      backendPid,
      reportedPid: reportedPid(client),
      serverVersion,
      get isLost() {
        return isLost;
      },
      onLost: (listener) => listeners.push(listener),
      end: () => (isLost ? Promise.resolve() : client.end()),
    };
  } catch (error) {
    await client.end().catch(() => {});
    const sqlstate = sqlstateOf(error);
    throw new MigrationConnectionError(
      `Could not connect to ${client.host}:${client.port}: ${messageWithoutValues(error)}. Check the URL, and that the server runs.`,
      {
        cause: causeWithoutValues(error),
        isRetryable: sqlstate === null || endsConnection(sqlstate) || sqlstate === '53300',
        sqlstate,
      },
    );
  }
}

/** The process id of the log-in (`BackendKeyData`), which the driver's types leave out. */
export function reportedPid(client: pg.ClientBase): number {
  return (client as unknown as { processID?: number }).processID ?? 0;
}

/** Runs `use` with a connection that is closed afterwards, whatever happens. */
export async function withSession<T>(
  connectionString: string,
  applicationName: string,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(connectionString, applicationName);
  try {
    return await use(session);
  } finally {
    await session.end();
  }
}
