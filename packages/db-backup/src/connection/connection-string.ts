import pg from 'pg';
import { ConnectionStringError } from '../errors.ts';
import { directAddress, isNeonHost } from './direct-address.ts';

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

/** The connection string with its password replaced by asterisks, for messages. */
export function maskPassword(connectionString: string): string {
  return connectionString
    .replace(/^([^/]*:\/\/[^/@:?#]*):.*@/, '$1:***@')
    .replace(/([?&]password=)[^&#]*/gi, '$1***');
}

/**
 * The same address in the words of `pg`, and the direct one. `pg` treats `prefer`, `require` and `verify-ca` as
 * `verify-full` and prints a warning about it, so it is told `verify-full`; it takes `sslrootcert=system`, by which
 * libpq means the authorities of the machine, for a file, and needs no word for that. Neon lets nobody in without TLS.
 */
export function nodeConnectionString(connectionString: string): string {
  const direct = directAddress(connectionString);
  const parameters = parametersOf(direct);
  if (parameters.get('uselibpqcompat') === 'true') return direct;
  if (!parameters.has('sslmode') && !parameters.has('ssl') && isNeonHost(hostOf(direct))) {
    return `${direct}${direct.includes('?') ? '&' : '?'}sslmode=verify-full`;
  }
  return direct
    .replace(/([?&]sslmode=)(prefer|require|verify-ca)(?=&|#|$)/, '$1verify-full')
    .replace(/([?&])sslrootcert=system(?:&|(?=#|$))/, '$1');
}

function hostOf(connectionString: string): string {
  return new pg.Client({ connectionString }).host;
}

function parametersOf(connectionString: string): URLSearchParams {
  const at = connectionString.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : connectionString.slice(at + 1));
}
