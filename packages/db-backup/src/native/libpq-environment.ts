import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConnectionString } from '../connection/connection-string.ts';
import { ConnectionStringError } from '../errors.ts';
import { currentOwner, formatOwner, isOver, parseOwner } from '../storage/owner.ts';

const FOLDER = 'tothub-pgpass-';

/** Parameters of a URL that libpq reads from the environment. Manual, "Environment Variables". */
const VARIABLES: Readonly<Record<string, string>> = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
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
    // Only node-postgres knows "no-verify"; "require" is what libpq calls encryption without a check.
    if (value !== null) environment[variable] = value === 'no-verify' ? 'require' : value;
  }
  if (target.password === undefined) return work(environment);
  if (/[\r\n]/.test(target.password)) {
    throw new ConnectionStringError(
      'The password holds a line break, which a PostgreSQL password file cannot hold. Change the password, or use the engine "wasm".',
    );
  }
  await sweepPasswordFiles();
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER}${formatOwner(currentOwner())}_`));
  try {
    const file = join(folder, 'pgpass');
    const escaped = target.password.replace(/[\\:]/g, '\\$&');
    await writeFile(file, `*:*:*:*:${escaped}\n`, { mode: 0o600 });
    await chmod(file, 0o600);
    return await work({ ...environment, PGPASSFILE: file });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a tool needs of this process's environment; anything else may hold a secret, such as DATABASE_URL. */
export function passedOn(): NodeJS.ProcessEnv {
  const names = [
    ...['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'KRB5CCNAME'],
    ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'SystemRoot', 'USERPROFILE', 'APPDATA', 'TEMP', 'TMP'],
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
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
