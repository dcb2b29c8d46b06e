import pg from 'pg';
import { SeedConnectionError, SeedServerError } from '../errors.ts';
import { hashWords } from '../values/random.ts';

/** The key of the advisory lock that lets one seeder at a time work on a database. */
const seedLock = hashWords('tothub', 'db-seed')[0] | 0;

export interface SeedTransactionOptions {
  readonly connectionString: string;
  readonly dryRun?: boolean;
  readonly lockTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

// Texts are read and written in one form, whatever the role's own settings; search_path stays, since triggers
// may lean on it. Deferred constraints are checked at once, so that a failure belongs to one table.
const settings = `
  SET LOCAL DateStyle = 'ISO, YMD';
  SET LOCAL IntervalStyle = 'postgres';
  SET LOCAL TimeZone = 'UTC';
  SET LOCAL extra_float_digits = 3;
  SET LOCAL bytea_output = 'hex';
  SET CONSTRAINTS ALL IMMEDIATE`;

/**
 * Runs `work` in a transaction of a connection of its own, one seeder at a time on a database. Commits, or
 * rolls back for a dry run; any error undoes everything.
 */
export async function withSeedTransaction<T>(
  options: SeedTransactionOptions,
  work: (session: pg.Client) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  signal?.throwIfAborted();
  const client = await connect(options.connectionString);
  // The pending query reports the end of the connection; without a listener the event would end the process.
  client.on('error', () => undefined);
  const pid = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const abort = (): void => {
    void cancel(options.connectionString, pid.rows[0]?.pid ?? 0).catch(() =>
      client.connection.stream.destroy(),
    );
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    // It may have been aborted while the connection was made, which nobody listened to.
    signal?.throwIfAborted();
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    await client.query(settings);
    await client.query('SELECT pg_advisory_xact_lock($1)', [seedLock]);
    await client.query(`SELECT set_config('lock_timeout', $1, true)`, [
      `${options.lockTimeoutMs ?? 5000}ms`,
    ]);
    const result = await work(client);
    signal?.throwIfAborted();
    await client.query(options.dryRun ? 'ROLLBACK' : 'COMMIT');
    return result;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw explained(error);
  } finally {
    signal?.removeEventListener('abort', abort);
    await client.end().catch(() => undefined);
  }
}

/** Ends what the session waits for. Cutting the connection alone would leave it waiting, and in others' way. */
async function cancel(connectionString: string, pid: number): Promise<void> {
  const other = await connect(connectionString);
  try {
    await other.query('SELECT pg_cancel_backend($1)', [pid]);
  } finally {
    await other.end();
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  try {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return client;
  } catch (cause) {
    throw new SeedConnectionError(
      'The database could not be reached. Check the URL, the password and that the server is up.',
      { cause },
    );
  }
}

function explained(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && !/^(?:08|57P)/.test(error.code ?? '')) {
    return new SeedServerError(
      `The server refused the run: ${error.message} (SQLSTATE ${error.code}). Nothing was written. Remove the cause and run again.`,
      { cause: error },
    );
  }
  const isNetwork =
    error instanceof pg.DatabaseError ||
    (error instanceof Error &&
      /^Connection terminated|^Client has encountered|ECONN|EPIPE/.test(error.message));
  return isNetwork
    ? new SeedConnectionError('The connection ended, and nothing was written. Run again.', {
        cause: error,
      })
    : error;
}
