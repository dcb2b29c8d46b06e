import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { BackupError, ConnectionFailedError, errorCode, messageOf } from '../errors.ts';
import { watchChannelBinding } from './channel-binding.ts';
import { maskPassword, nodeConnectionString, parseConnectionString } from './connection-string.ts';
import { directAddress, isNeonHost } from './direct-address.ts';
import { assertSession } from './own-session.ts';
import { pinSettings } from './pinned-settings.ts';
import { hangUp, unlessSilent } from './silence.ts';

/** What a server that is waking up answers. */
const COLD_START_CODES = new Set(['ECONNREFUSED', '57P03']);
/** What Neon's proxy answers besides while it wakes a compute: internal errors, cut and timed-out connections. */
const NEON_CODES = new Set([
  'XX000',
  '08000',
  '08006',
  '57P01',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
]);
const COLD_START_BUDGET_MS = 3_000;
/** For a host of Neon, and for a server that says itself that it is starting. */
const LONG_COLD_START_BUDGET_MS = 30_000;
const LONGEST_DELAY_MS = 2_000;
const CONNECT_TIMEOUT_MS = 15_000;
/** A long query is silent: only TCP can tell a server at work from one that is gone. By default, it asks after two hours. */
const KEEP_ALIVE_DELAY_MS = 30_000;

/**
 * Opens a session of its own with every setting pinned that changes how values read as text. A server that
 * is still waking up is asked again, with jitter: for three seconds where the connection is refused, for thirty where it
 * says that it is starting (`57P03`) and on a host of Neon. A pooled address of Neon is exchanged for the direct one.
 *
 * @throws ConnectionFailedError, PoolerConnectionError, ConnectionStringError
 */
export async function connect(
  connectionString: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<pg.Client> {
  const { parameters, host } = parseConnectionString(connectionString);
  const isNeon = isNeonHost(host);
  const mustBind = parameters.get('channel_binding') === 'require';
  const began = Date.now();
  for (let delayMs = 100; ; delayMs *= 2) {
    options.signal?.throwIfAborted();
    const client = new pg.Client({
      connectionString: nodeConnectionString(connectionString),
      application_name: 'tothub-db backup',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
      enableChannelBinding: mustBind,
    });
    // A lost connection rejects the next query; without a listener it would end the process.
    client.on('error', () => undefined);
    const isBound = mustBind ? watchChannelBinding(client) : undefined;
    try {
      await unlessSilent(client, CONNECT_TIMEOUT_MS, options.signal, async () => {
        await client.connect();
        if (isBound?.() === false) throw unbound(connectionString);
        await pinSettings(client);
        await assertSession(client, connectionString);
      });
      return client;
    } catch (error) {
      await hangUp(client);
      options.signal?.throwIfAborted();
      const code = errorCode(error) ?? '';
      if (error instanceof BackupError) throw error;
      const isWaking =
        COLD_START_CODES.has(code) || (isNeon && (code === '' || NEON_CODES.has(code)));
      const budgetMs =
        isNeon || code === '57P03' ? LONG_COLD_START_BUDGET_MS : COLD_START_BUDGET_MS;
      if (!isWaking || Date.now() + delayMs > began + budgetMs) {
        throw new ConnectionFailedError(
          `Could not connect to ${maskPassword(directAddress(connectionString))}: ${messageOf(error)}. ${HINTS[code] ?? 'Check the address and that the server is running.'}`,
          { cause: error },
        );
      }
      await sleep(Math.min(delayMs, LONGEST_DELAY_MS) * (0.5 + Math.random()), undefined, {
        signal: options.signal,
      });
    }
  }
}

function unbound(connectionString: string): ConnectionFailedError {
  return new ConnectionFailedError(
    `${maskPassword(connectionString)} demands channel binding, and the log-in was not bound. Use TLS and a SCRAM password, or leave out channel_binding.`,
  );
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
  const onAbort = (): void => void hangUp(client);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(client);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await hangUp(client);
  }
}
