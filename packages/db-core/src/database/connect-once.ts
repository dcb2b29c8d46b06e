/** One attempt to connect, one way: with or without TLS. */
import { Client, type ClientConfig } from 'pg';
import type { ConnectionSettings } from './connection-settings.ts';
import { ConfigurationError } from './pool-errors.ts';
import type { TlsOptions } from './tls.ts';

export interface AttemptOptions {
  readonly settings: ConnectionSettings;
  readonly tls: TlsOptions;
  readonly password: string | undefined;
  /** Command-line options for the server; undefined where a pooler would refuse them. */
  readonly options: string | undefined;
  readonly timeoutMs: number;
}

/** The server has no TLS, and said so. */
export class TlsRefusedError extends Error {
  constructor() {
    super('The server does not offer TLS');
  }
}

const NO = 'N'.charCodeAt(0);
const KEEP_ALIVE_AFTER_MS = 30_000;

/** Connects. Rejects with what the server, the network or TLS said; a timeout has the code ETIMEDOUT. */
export async function connectOnce(attempt: AttemptOptions): Promise<Client> {
  const { settings, tls, timeoutMs } = attempt;
  const client = new Client(clientConfig(attempt));
  const { connection } = client;
  let refusedTls = false;
  if (tls !== false && settings.sslNegotiation === 'postgres') {
    connection.stream.once('data', (answer: Buffer) => {
      refusedTls = answer.length === 1 && answer[0] === NO;
    });
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    connection.stream.destroy(new Error('timeout'));
  }, timeoutMs);
  // A second fault while the first is on its way must not end the process, nor one that comes before a link listens.
  client.on('error', () => {});
  try {
    const connected = client.connect();
    if (settings.channelBinding === 'require') requireChannelBinding(client);
    await connected;
    return client;
  } catch (error) {
    connection.stream.destroy();
    if (isLate) {
      throw Object.assign(new Error('No answer in time'), { code: 'ETIMEDOUT', cause: error });
    }
    throw refusedTls ? new TlsRefusedError() : withCode(error);
  } finally {
    clearTimeout(timer);
  }
}

/** `pg` reports a connection that the server closed before it was ready without a code. */
function withCode(error: unknown): unknown {
  if (error instanceof Error && !('code' in error) && !(error instanceof ConfigurationError)) {
    return Object.assign(error, { code: 'ECONNRESET' });
  }
  return error;
}

function clientConfig({ settings, tls, password, options }: AttemptOptions): ClientConfig {
  const isEncrypted = tls !== false;
  return {
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password,
    ssl: tls,
    application_name: settings.applicationName,
    options,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    enableChannelBinding: isEncrypted && settings.channelBinding !== 'disable',
    ...(isEncrypted ? { sslnegotiation: settings.sslNegotiation } : {}),
  };
}

/** Cuts the connection before a password, or its proof, goes to a server that does not bind it to this TLS. */
function requireChannelBinding(client: Client): void {
  const { connection } = client;
  let isBound = false;
  const refuse = (): void => {
    connection.stream.destroy();
    connection.emit(
      'error',
      new ConfigurationError(
        'The server does not bind the password to the TLS connection, as channel_binding=require wants. Use TLS and SCRAM, or set channel_binding to prefer.',
      ),
    );
  };
  connection.prependListener('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
    isBound = client.ssl !== false && mechanisms.includes('SCRAM-SHA-256-PLUS');
    if (!isBound) refuse();
  });
  connection.prependListener('authenticationCleartextPassword', refuse);
  connection.prependListener('authenticationMD5Password', refuse);
  connection.prependListener('authenticationOk', () => {
    if (!isBound) refuse();
  });
}
