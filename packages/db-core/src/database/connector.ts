/** Opens connections: finds out once what kind of server there is, and how it is reached, and keeps to it. */
import type { Client } from 'pg';
import { withColdStart } from './cold-start.ts';
import { connectOnce, TlsRefusedError } from './connect-once.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { Link } from './link.ts';
import { ConfigurationError } from './pool-errors.ts';
import { type TlsOptions, tlsAttempts } from './tls.ts';
import type { ValueParser } from './types/parsers.ts';

/** Whether sessions keep their state: on a server itself they do, behind a pooler by transactions they do not. */
export type ConnectionMode = 'direct' | 'pooler';

export interface ConnectorOptions {
  readonly settings: ConnectionSettings;
  readonly mode: ConnectionMode | 'auto';
  /** Asked for each connection; takes the place of the password in the URL. */
  readonly password: string | (() => string | Promise<string>) | undefined;
  readonly connectTimeoutMs: number;
  readonly connectBudgetMs: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly preparedStatements: number;
  readonly parserOf: (oid: number) => ValueParser | undefined;
}

const PROTOCOL_VIOLATION = '08P01';
const INVALID_AUTHORIZATION = '28000';
/** Neon names the pooler of a compute after the compute. */
const NEON_POOLER = /-pooler\./;
const NEON = /\.neon\.(?:tech|build)$/;

export class Connector {
  readonly #options: ConnectorOptions;
  readonly #attempts: readonly [TlsOptions, ...TlsOptions[]];
  readonly #closing = new AbortController();
  readonly #links = new Set<Link>();
  #mode: ConnectionMode | undefined;
  #tls: TlsOptions | undefined;

  /** @throws ConfigurationError */
  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#attempts = tlsAttempts(options.settings);
    if (options.settings.channelBinding === 'require' && this.#attempts[0] === false) {
      throw new ConfigurationError(
        'channel_binding=require needs TLS. Set sslmode to require or verify-full.',
      );
    }
    this.#mode = options.mode === 'auto' ? modeByName(options.settings.host) : options.mode;
  }

  /** What the server turned out to be; null before the first connection. */
  get mode(): ConnectionMode | null {
    return this.#mode ?? null;
  }

  /** Connections that are open. */
  get links(): ReadonlySet<Link> {
    return this.#links;
  }

  /** Opens a connection, waiting for a database that wakes up. */
  connect(): Promise<Link> {
    return withColdStart(() => this.#connect(), {
      budgetMs: this.#options.connectBudgetMs,
      signal: this.#closing.signal,
      isKnownAddress: this.#tls !== undefined,
      isPooler: this.#mode === 'pooler',
    });
  }

  /** Gives up what is still being connected. */
  stop(): void {
    this.#closing.abort();
  }

  async #connect(): Promise<Link> {
    const password = await this.#password();
    const { client, tls } = await this.#open(password);
    this.#tls = tls;
    try {
      this.#mode ??= await probeMode(client);
    } catch (error) {
      client.connection.stream.destroy();
      throw error;
    }
    const { settings, preparedStatements, statementTimeoutMs, parserOf } = this.#options;
    const link = new Link(client, {
      parserOf,
      preparedLimit: this.#mode === 'direct' ? preparedStatements : 0,
      statementTimeoutMs: this.#mode === 'direct' ? statementTimeoutMs : 0,
      address: {
        host: settings.host,
        port: settings.port,
        tls,
        sslNegotiation: settings.sslNegotiation,
      },
    });
    this.#links.add(link);
    client.once('end', () => this.#links.delete(link));
    return link;
  }

  async #open(password: string | undefined): Promise<{ client: Client; tls: TlsOptions }> {
    const [first, second] = this.#tls === undefined ? this.#attempts : [this.#tls];
    try {
      return { client: await this.#openAs(first, password), tls: first };
    } catch (error) {
      if (second === undefined || !isAboutTls(error)) throw explained(error);
      return { client: await this.#openAs(second, password), tls: second };
    }
  }

  async #openAs(tls: TlsOptions, password: string | undefined): Promise<Client> {
    const { settings, connectTimeoutMs: timeoutMs } = this.#options;
    const attempt = { settings, tls, password, timeoutMs };
    const options = this.#mode === 'pooler' ? settings.options : this.#serverOptions();
    try {
      return await connectOnce({ ...attempt, options });
    } catch (error) {
      if (this.#mode !== undefined || codeOf(error) !== PROTOCOL_VIOLATION) throw error;
      // A pooler refuses the options of a session that it does not keep.
      const client = await connectOnce({ ...attempt, options: settings.options });
      this.#mode = 'pooler';
      return client;
    }
  }

  /** Settings of the session, in the form in which `RESET ALL` goes back to them. */
  #serverOptions(): string {
    const { settings, statementTimeoutMs, idleInTransactionTimeoutMs } = this.#options;
    return [
      '-c datestyle=ISO -c bytea_output=hex',
      `-c statement_timeout=${statementTimeoutMs}`,
      `-c idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
      settings.options ?? '',
    ]
      .join(' ')
      .trim();
  }

  async #password(): Promise<string | undefined> {
    const { password, settings } = this.#options;
    if (typeof password !== 'function') return password ?? settings.password;
    try {
      return await password();
    } catch (cause) {
      throw new ConfigurationError(
        'The password function failed. Have it give a password, or reject when there is none.',
        { cause },
      );
    }
  }
}

function modeByName(host: string): ConnectionMode | undefined {
  if (NEON_POOLER.test(host)) return 'pooler';
  return NEON.test(host) ? 'direct' : undefined;
}

/** A pooler makes up the process id that it tells its clients, since it has many processes of the server for them. */
async function probeMode(client: Client): Promise<ConnectionMode> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const told = (client as Client & { processID: number | null }).processID;
  return rows[0]?.pid === told ? 'direct' : 'pooler';
}

function isAboutTls(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return (
    error instanceof TlsRefusedError ||
    code === INVALID_AUTHORIZATION ||
    code === 'ECONNRESET' ||
    code.startsWith('ERR_SSL') ||
    code.startsWith('ERR_TLS')
  );
}

/** Certificate errors of Node, by what they begin with. */
const CERTIFICATE_FAULTS =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT|ERR_OSSL|ERR_SSL|HOSTNAME_)/;

function explained(error: unknown): unknown {
  if (error instanceof TlsRefusedError) {
    return new ConfigurationError(
      'The server offers no TLS, which sslmode asks for. Turn it on there, or set sslmode to prefer or disable.',
      { cause: error },
    );
  }
  const code = codeOf(error);
  if (code !== undefined && CERTIFICATE_FAULTS.test(code)) {
    return new ConfigurationError(
      `The TLS of the server is not trusted (${code}). Give the authority of its certificate in sslrootcert, and reach it by the name in the certificate.`,
      { cause: error },
    );
  }
  return error;
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
