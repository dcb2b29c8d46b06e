import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { type ConnectionTarget, parseConnectionString } from '../connection/connection-string.ts';
import { isNeonHost } from '../connection/direct-address.ts';
import { ConnectionStringError } from '../errors.ts';
import { currentOwner, formatOwner, isOver, parseOwner } from '../storage/owner.ts';
import { passedOn } from './passed-on.ts';

const FOLDER = 'tothub-pgpass-';

/** Parameters of a URL that libpq reads from the environment. Manual, "Environment Variables". */
const VARIABLES: Readonly<Record<string, string>> = {
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslnegotiation: 'PGSSLNEGOTIATION',
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
};

/**
 * Environment under which PostgreSQL's own tools reach the database of a connection string. The password
 * is neither in it nor in the arguments, both of which other processes may read: it goes through a
 * password file (mode 0600, in a folder of mode 0700) that is removed when `work` is done.
 *
 * @throws ConnectionStringError when the password holds a line break, which a password file cannot hold
 */
export async function withLibpqEnvironment<T>(
  connectionString: string,
  work: (environment: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const target = parseConnectionString(connectionString);
  const environment: NodeJS.ProcessEnv = {
    ...passedOn(),
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGUSER: target.user,
    PGDATABASE: target.database,
    PGAPPNAME: 'tothub-db backup',
    PGCONNECT_TIMEOUT: '15',
    LC_ALL: 'C',
  };
  for (const [parameter, variable] of Object.entries(VARIABLES)) {
    const value = target.parameters.get(parameter);
    if (value !== null) environment[variable] = value;
  }
  const tls = tlsOf(target);
  if (tls.mode !== undefined) environment.PGSSLMODE = tls.mode;
  if (tls.authorities !== undefined && tls.authorities !== OWN_AUTHORITIES) {
    environment.PGSSLROOTCERT = tls.authorities;
  }
  const needsAuthorities = tls.authorities === OWN_AUTHORITIES;
  if (target.password === undefined && !needsAuthorities) return work(environment);
  if (target.password !== undefined && /[\r\n]/.test(target.password)) {
    throw new ConnectionStringError(
      'The password holds a line break, which a PostgreSQL password file cannot hold. Change the password, or use the engine "wasm".',
    );
  }
  await sweepPasswordFiles();
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER}${formatOwner(currentOwner())}_`));
  try {
    if (needsAuthorities) {
      environment.PGSSLROOTCERT = join(folder, 'authorities.pem');
      await writeFile(environment.PGSSLROOTCERT, getCACertificates('default').join('\n'));
    }
    if (target.password === undefined) return await work(environment);
    const file = join(folder, 'pgpass');
    const escaped = target.password.replace(/[\\:]/g, '\\$&');
    await writeFile(file, `*:*:*:*:${escaped}\n`, { mode: 0o600 });
    await chmod(file, 0o600);
    return await work({ ...environment, PGPASSFILE: file });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stands for the authorities that Node.js trusts, which libpq can only be given as a file. */
const OWN_AUTHORITIES = 'system';

/**
 * How strictly libpq is to look at the server's certificate: exactly as `pg` did, which has checked it before. To `pg`,
 * every mode but `disable` and its own `no-verify` means `verify-full`, unless it is told to be like libpq.
 */
function tlsOf({ parameters, host }: ConnectionTarget): { mode?: string; authorities?: string } {
  const mode = parameters.get('sslmode');
  const authorities = parameters.get('sslrootcert');
  if (parameters.get('uselibpqcompat') === 'true') {
    return { ...(mode !== null && { mode }), ...(authorities !== null && { authorities }) };
  }
  if (mode === 'disable') return { mode };
  if (mode === 'no-verify') return { mode: 'require' };
  const wantsTls = mode !== null || ['true', '1'].includes(parameters.get('ssl') ?? '');
  if (!wantsTls && !isNeonHost(host)) return {};
  return { mode: 'verify-full', authorities: authorities ?? OWN_AUTHORITIES };
}

/** A run that was killed could not remove its password file. */
async function sweepPasswordFiles(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = name.startsWith(FOLDER) ? parseOwner(name) : undefined;
    if (owner && isOver(owner)) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
