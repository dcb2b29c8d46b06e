import pg from 'pg';
import { CliError, exitCode } from '../exit.ts';
import { describeUrl } from './connection-url.ts';

const hints: Record<string, string> = {
  '28P01': 'Check the user and the password in the URL.',
  '28000': 'Check the user in the URL and what the server allows it (pg_hba.conf).',
  '3D000': 'Check the database name at the end of the URL.',
  '53300': 'The server has no free connection; wait or raise max_connections.',
  '57P03': 'The server is starting or stopping; try again in a moment.',
  ENOTFOUND: 'Check the host name in the URL.',
  EAI_AGAIN: 'The host name cannot be looked up just now; check the network.',
  ECONNREFUSED: 'Check the host and the port, and that the server is running.',
  ETIMEDOUT: 'Check the host, the port and the firewall.',
  EHOSTUNREACH: 'Check the host and the network.',
  ENETUNREACH: 'Check the host and the network.',
};

const reasons: Record<string, string> = {
  '28P01': 'the password was refused',
  '28000': 'the server refused this user',
  '3D000': 'this database does not exist there',
  '53300': 'too many connections',
  '57P03': 'the server is not ready',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

/** Code of a connection failure: an SQLSTATE, an errno name, or `ETIMEDOUT` for pg's own time limit. */
function connectionCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return connectionCode(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  return /timeout/i.test(error.message) ? 'ETIMEDOUT' : undefined;
}

/** Whether the error means that the server could not be reached or would not let us in. */
export function isUnreachable(error: unknown): boolean {
  const code = connectionCode(error);
  return code !== undefined && code in reasons;
}

/** One sentence for a failed connection; never the driver's text, which may repeat parts of the URL. */
function unreachable(url: string, error: unknown): CliError {
  const code = connectionCode(error) ?? 'unknown';
  return new CliError(
    'TOTHUB_UNREACHABLE',
    exitCode.unreachable,
    `The database ${describeUrl(url)} could not be reached: ${reasons[code] ?? `the connection failed (${code})`}.`,
    { hint: hints[code] ?? 'Check the URL, TLS settings (sslmode) and the network.', cause: error },
  );
}

/**
 * Runs `use` with one session and closes it.
 *
 * @throws CliError (exit 3) when the connection cannot be made.
 */
export async function withSession<T>(
  url: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 15_000,
    application_name: 'tothub-db',
  });
  // A connection that breaks while idle is reported by the next query; unhandled it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(url, error);
  }
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}
