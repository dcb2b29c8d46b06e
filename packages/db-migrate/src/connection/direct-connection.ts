import pg from 'pg';
import { TransactionPoolerError } from '../errors.ts';
import { maskedUrl } from './masked-url.ts';
import { sqlstateOf } from './server-error.ts';
import { reportedPid } from './session.ts';
import type { SqlClient } from './sql-client.ts';

/**
 * Refuses a URL whose host says that it is a pooler, before anything connects: Neon marks its transaction
 * pooler with `-pooler` in the first label of the host.
 *
 * @throws TransactionPoolerError with the direct URL, its password masked.
 */
export function assertDirectHost(connectionString: string): void {
  let host: string;
  try {
    // The driver knows where a host may hide, for example in ?host=.
    host = new pg.Client({ connectionString }).host;
  } catch {
    return;
  }
  const label = host.split('.', 1)[0] ?? '';
  if (!/-pooler/i.test(label)) return;
  const direct = label.replace(/-pooler/i, '') + host.slice(label.length);
  throw new TransactionPoolerError(
    `The host ${host} is a transaction pooler.`,
    maskedUrl(connectionString).replace(host, direct),
  );
}

async function backendPid(client: SqlClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

/**
 * Proves that two open connections have server processes of their own; `reported` is the one that the log-in of
 * the first has named. A transaction pooler gives the second
 * one, inside a transaction, the process that the idle first one used a moment ago; or, when it takes turns,
 * runs two statements of the first one in two processes.
 *
 * @throws TransactionPoolerError
 */
export async function assertOwnBackends(
  first: SqlClient,
  second: SqlClient,
  reported: number,
): Promise<void> {
  const evidence = 'The connection goes through a transaction pooler: ';
  let rounds = 1;
  for (let round = 0; round < rounds; round++) {
    let before = await backendPid(first);
    // Straight from the server, the process id of the log-in is the real one: once is enough then.
    if (round === 0 && reported !== before) rounds = 4;
    const again = await backendPid(first);
    let moved = again !== before;
    before = again;
    try {
      await second.query('BEGIN');
    } catch (error) {
      if (sqlstateOf(error) !== '08P01') throw error;
      throw new TransactionPoolerError(`${evidence}it refuses transactions.`, null);
    }
    const shared = (await backendPid(second)) === before;
    moved ||= !shared && (await backendPid(first)) !== before;
    await second.query('ROLLBACK');
    if (shared) {
      throw new TransactionPoolerError(`${evidence}two sessions share one server process.`, null);
    }
    if (moved) {
      throw new TransactionPoolerError(`${evidence}two statements ran in two processes.`, null);
    }
  }
}

/**
 * Refuses a connection through a transaction pooler, by its host name and by what it does. Opens a second
 * connection for a moment.
 *
 * @example
 * ```ts
 * await assertDirectConnection(client, url);
 * // first:  SELECT pg_backend_pid()
 * // second: BEGIN; SELECT pg_backend_pid(); ROLLBACK
 * ```
 * @throws TransactionPoolerError with the direct URL as its hint where that is known, password masked.
 */
export async function assertDirectConnection(
  client: pg.ClientBase,
  connectionString: string,
): Promise<void> {
  assertDirectHost(connectionString);
  const second = new pg.Client({ connectionString, connectionTimeoutMillis: 15_000 });
  second.on('error', () => {});
  await second.connect();
  try {
    await assertOwnBackends(client, second, reportedPid(client));
  } finally {
    await second.end();
  }
}
