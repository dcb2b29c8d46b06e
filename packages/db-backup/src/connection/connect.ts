import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ConnectionFailedError, errorCode, messageOf } from '../errors.ts';
import {
  assertDirectHost,
  maskPassword,
  nodeConnectionString,
  parseConnectionString,
} from './connection-string.ts';
import { pinSettings } from './pinned-settings.ts';

const COLD_START_CODES = new Set(['ECONNREFUSED', '57P03']);
const COLD_START_BUDGET_MS = 3_000;
const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Opens a session of its own with every setting pinned that changes how values read as text. A server that
 * is still waking up (connection refused, `57P03`) is asked again, with jitter, for three seconds.
 *
 * @throws ConnectionFailedError, PoolerConnectionError, ConnectionStringError
 */
export async function connect(
  connectionString: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<pg.Client> {
  assertDirectHost(connectionString);
  const { parameters } = parseConnectionString(connectionString);
  const giveUpAt = Date.now() + COLD_START_BUDGET_MS;
  for (let delayMs = 100; ; delayMs *= 2) {
    options.signal?.throwIfAborted();
    const client = new pg.Client({
      connectionString: nodeConnectionString(connectionString),
      application_name: 'tothub-db backup',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      enableChannelBinding: parameters.has('channel_binding', 'require'),
    });
    // A lost connection rejects the next query; without a listener it would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await pinSettings(client);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      const code = errorCode(error) ?? '';
      if (!COLD_START_CODES.has(code) || Date.now() + delayMs > giveUpAt) {
        throw new ConnectionFailedError(
          `Could not connect to ${maskPassword(connectionString)}: ${messageOf(error)}. ${HINTS[code] ?? 'Check the address and that the server is running.'}`,
          { cause: error },
        );
      }
      await sleep(delayMs * (0.5 + Math.random()), undefined, { signal: options.signal });
    }
  }
}

const HINTS: Readonly<Record<string, string>> = {
  '28P01': 'Check user and password.',
  '28000': 'Check user, password and pg_hba.conf.',
  '3D000': 'Check the name of the database, or create it.',
  '53300': 'Close other sessions, or raise max_connections.',
};

/** Opens a session, hands it to `work` and closes it whatever happens. */
export async function withConnection<T>(
  connectionString: string,
  signal: AbortSignal | undefined,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(connectionString, { signal });
  const onAbort = (): void => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(client);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await client.end().catch(() => undefined);
  }
}
