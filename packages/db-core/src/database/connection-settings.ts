/**
 * Reads a connection URL as libpq does, with the PG* variables for what it leaves out. No message repeats a value of
 * the URL, for it holds the password. PostgreSQL manual: 34.1.1.2, Connection URIs, and 34.15, Environment Variables.
 */
import { userInfo } from 'node:os';
import { ConfigurationError } from './pool-errors.ts';

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
export type ChannelBinding = 'disable' | 'prefer' | 'require';

export interface ConnectionSettings {
  /** A host name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly applicationName: string | undefined;
  /** Command-line options for the server, such as `-c search_path=app`. */
  readonly options: string | undefined;
  readonly sslMode: SslMode;
  readonly sslRootCert: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly sslNegotiation: 'postgres' | 'direct';
  readonly channelBinding: ChannelBinding;
}

const SSL_MODES: readonly SslMode[] = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
];

/** Parameters that are understood, with the variable that stands in for each. */
const VARIABLES = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  dbname: 'PGDATABASE',
  password: 'PGPASSWORD',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslnegotiation: 'PGSSLNEGOTIATION',
  channel_binding: 'PGCHANNELBINDING',
} as const;
type Parameter = keyof typeof VARIABLES;

/** Parameters of libpq that change nothing about which server is reached, or how safely. */
const IGNORED = new Set([
  'connect_timeout',
  'client_encoding',
  'fallback_application_name',
  'gssencmode',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'sslsni',
  'tcp_user_timeout',
]);

const URL_PARTS = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const DEFAULT_PORT = '5432';

/**
 * Reads the settings of a connection.
 * @throws ConfigurationError in one sentence without any value of the URL.
 */
export function readConnectionSettings(
  connectionString: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ConnectionSettings {
  const given = parseUrl(connectionString.trim());
  const value = (name: Parameter): string | undefined =>
    given.get(name) || environment[VARIABLES[name]] || undefined;

  const host = value('host') ?? 'localhost';
  const user = value('user') ?? userInfo().username;
  const sslRootCert = value('sslrootcert');
  const sslMode = oneOf('sslmode', value('sslmode'), SSL_MODES);
  if (sslRootCert === 'system' && sslMode !== undefined && sslMode !== 'verify-full') {
    throw new ConfigurationError(
      'sslrootcert=system goes with sslmode=verify-full only. Set sslmode to verify-full, or leave it out.',
    );
  }
  if ((value('sslcert') === undefined) !== (value('sslkey') === undefined)) {
    throw new ConfigurationError('sslcert and sslkey go together. Give both, or neither.');
  }
  return {
    host,
    port: readPort(value('port') ?? DEFAULT_PORT),
    user,
    database: value('dbname') ?? user,
    password: value('password'),
    applicationName: value('application_name'),
    options: value('options'),
    sslMode: sslMode ?? (sslRootCert === 'system' ? 'verify-full' : 'prefer'),
    sslRootCert,
    sslCert: value('sslcert'),
    sslKey: value('sslkey'),
    sslNegotiation:
      oneOf('sslnegotiation', value('sslnegotiation'), ['postgres', 'direct'] as const) ??
      'postgres',
    channelBinding:
      oneOf('channel_binding', value('channel_binding'), [
        'disable',
        'prefer',
        'require',
      ] as const) ?? 'prefer',
  };
}

function parseUrl(text: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  if (text === '') return given;
  const parts = URL_PARTS.exec(text);
  if (parts === null) {
    throw new ConfigurationError(
      'The connection string is not a URL of the form postgres://user:password@host:5432/database. Percent-encode the characters / ? @ of a password.',
    );
  }
  const [, credentials = '', address = '', database = '', query = ''] = parts;
  const colon = credentials.indexOf(':');
  const set = (name: string, value: string): void => {
    if (value !== '') given.set(name, decode(name, value));
  };
  set('user', colon < 0 ? credentials : credentials.slice(0, colon));
  if (colon >= 0) set('password', credentials.slice(colon + 1));
  setAddress(address, set);
  set('dbname', database);
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode('parameter', equals < 0 ? pair : pair.slice(0, equals));
    if (IGNORED.has(name)) continue;
    if (!Object.hasOwn(VARIABLES, name)) {
      throw new ConfigurationError(
        `The connection string has a parameter that is not supported. Those that are: ${Object.keys(VARIABLES).join(', ')}.`,
      );
    }
    set(name, equals < 0 ? '' : pair.slice(equals + 1));
  }
  return given;
}

function setAddress(address: string, set: (name: string, value: string) => void): void {
  if (address.includes(',')) {
    throw new ConfigurationError(
      'The connection string names several hosts. Name one; replicas have an option of their own.',
    );
  }
  const ipv6 = /^\[([^\]]*)\](?::(.*))?$/.exec(address);
  const [host = '', port = ''] =
    ipv6 === null ? address.split(/:(.*)/s) : [ipv6[1] ?? '', ipv6[2] ?? ''];
  set('host', host);
  set('port', port);
}

function decode(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new ConfigurationError(
      `The ${name} in the connection string is not percent-encoded well. Write a % itself as %25.`,
    );
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new ConfigurationError(
      'The port of the database is not a number from 1 to 65535. Percent-encode the characters : / ? @ of a password.',
    );
  }
  return port;
}

function oneOf<T extends string>(
  name: string,
  value: string | undefined,
  values: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const known = values.find((each) => each === value);
  if (known === undefined) {
    throw new ConfigurationError(`${name} is not one of ${values.join(', ')}. Set it to one.`);
  }
  return known;
}
