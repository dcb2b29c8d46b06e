import pg from 'pg';
import { ConnectionStringError, PoolerConnectionError } from '../errors.ts';

/** Where a connection string leads once PGHOST and its like have filled the gaps. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  /** Parameters after the question mark, as written. */
  readonly parameters: URLSearchParams;
}

/**
 * Resolves a connection string the way `pg` does.
 *
 * @throws ConnectionStringError when it is not a `postgresql://` URL or holds a NUL.
 */
export function parseConnectionString(connectionString: string): ConnectionTarget {
  const problem = (what: string): ConnectionStringError =>
    // Without a cause: Node's ERR_INVALID_URL carries the whole URL, password and all.
    new ConnectionStringError(
      `The connection string ${what}. Give a URL such as postgresql://user@host:5432/database.`,
    );
  if (!/^postgres(ql)?:\/\//.test(connectionString)) throw problem('is not a postgresql:// URL');
  let client: pg.Client;
  try {
    client = new pg.Client({ connectionString: nodeConnectionString(connectionString) });
  } catch {
    throw problem('cannot be parsed');
  }
  const { host, port, user = '', database = user, password } = client;
  if ([host, user, database, password ?? ''].some((part) => part.includes('\0'))) {
    throw problem('holds a NUL character');
  }
  return {
    host,
    port,
    user,
    database,
    password: password || undefined,
    parameters: parametersOf(connectionString),
  };
}

/** Refuses Neon's pooled host name, whose PgBouncer cannot keep a session. @throws PoolerConnectionError */
export function assertDirectHost(connectionString: string): void {
  const { host } = parseConnectionString(connectionString);
  const [label = ''] = host.split('.');
  if (!label.endsWith('-pooler')) return;
  const direct = connectionString.replace(host, host.replace('-pooler', ''));
  throw new PoolerConnectionError(
    `${host} is a transaction pooler, which cannot hold the snapshot of a backup. Use the direct address: ${maskPassword(direct)}`,
  );
}

/** The connection string with its password replaced by asterisks, for messages. */
export function maskPassword(connectionString: string): string {
  return connectionString
    .replace(/^([^/]*:\/\/[^/@:?#]*):.*@/, '$1:***@')
    .replace(/([?&]password=)[^&#]*/gi, '$1***');
}

/**
 * The same address in the words of `pg`: it treats `prefer`, `require` and `verify-ca` as `verify-full` and
 * prints a warning about it, so it is told `verify-full`.
 */
export function nodeConnectionString(connectionString: string): string {
  if (parametersOf(connectionString).get('uselibpqcompat') === 'true') return connectionString;
  return connectionString.replace(
    /([?&]sslmode=)(prefer|require|verify-ca)(?=&|#|$)/,
    '$1verify-full',
  );
}

function parametersOf(connectionString: string): URLSearchParams {
  const at = connectionString.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : connectionString.slice(at + 1));
}
