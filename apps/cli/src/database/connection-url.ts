/**
 * Which database a command works on. A URL is read from the call or the environment, and is only ever shown
 * without its password.
 */
import { readFileSync } from 'node:fs';
import { usageError } from '../exit.ts';

const isPostgresUrl = (text: string | undefined): text is string =>
  text !== undefined && /^postgres(ql)?:\/\//i.test(text);

/**
 * Finds the connection URL: `--url`, then `DATABASE_URL`, then the first line of the file that `DATABASE_URL_FILE` names
 * (a credential of systemd, a secret of a container), then `REPLIT_DB_URL` when it is a postgres URL.
 *
 * @throws CliError (exit 2) when there is none, when the file cannot be read, or when it is not a postgres URL.
 */
export function resolveUrl(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const given =
    flag ??
    env.DATABASE_URL ??
    firstLineOf(env.DATABASE_URL_FILE) ??
    (isPostgresUrl(env.REPLIT_DB_URL) ? env.REPLIT_DB_URL : undefined);
  if (given === undefined || given === '')
    throw usageError(
      'No database was named.',
      'Pass --url postgres://user@host/database, or set DATABASE_URL.',
    );
  if (!isPostgresUrl(given) || !URL.canParse(given))
    throw usageError(
      'The database URL is not a postgres:// URL.',
      'It looks like postgres://user:password@host:5432/database?sslmode=require; special characters in the password must be percent-encoded.',
    );
  return given;
}

function firstLineOf(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/, 1)[0];
  } catch (error) {
    throw usageError(
      `The file that DATABASE_URL_FILE names could not be read (${(error as NodeJS.ErrnoException).code}).`,
      'Name a file whose first line is the database URL.',
    );
  }
}

/** The URL as it may be shown: the password, and any secret in its parameters, replaced by `***`. */
export function maskUrl(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  for (const name of ['password', 'sslpassword'])
    if (url.searchParams.has(name)) url.searchParams.set(name, '***');
  return url.href;
}

/** Host, port and database for a sentence: `db.example.org:5432/app`. */
export function describeUrl(text: string): string {
  const url = new URL(text);
  const database = decodeURIComponent(url.pathname.slice(1));
  return `${url.hostname || 'localhost'}:${url.port || '5432'}/${database}`;
}
