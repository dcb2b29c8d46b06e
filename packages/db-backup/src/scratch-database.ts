/**
 * A database for a moment: to restore into, to rehearse in. Its name and comment say which run made it, so
 * that a later run can remove what a killed one left behind, and nothing else.
 */
import { randomBytes } from 'node:crypto';
import { quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import type pg from 'pg';
import { withConnection } from './connection/connect.ts';
import { queryRow, queryRows } from './connection/query-rows.ts';
import { errorCode, messageOf, ScratchDatabaseError } from './errors.ts';
import { describeDatabase } from './snapshot/describe-database.ts';
import type { DatabaseIdentity } from './storage/manifest.ts';
import { currentOwner, formatOwner, isOver, parseOwner } from './storage/owner.ts';

const PREFIX = 'tothub_scratch_';

export interface ScratchDatabaseOptions {
  /** Encoding and locale to copy. @default those of the database that the connection string names */
  readonly like?: Omit<DatabaseIdentity, 'name' | 'oid' | 'systemIdentifier'>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Creates an empty database on the server of `connectionString`, gives its URL to `work` and drops it
 * afterwards, also after a failure. Leftovers of dead runs are dropped first.
 *
 * @throws ScratchDatabaseError when the role may not create databases
 * @example
 * ```ts
 * await withScratchDatabase(url, async (scratch) => restoreBackup(path, { into: scratch }));
 * // CREATE DATABASE tothub_scratch_… TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'
 * // DROP DATABASE tothub_scratch_… WITH (FORCE)
 * ```
 */
export async function withScratchDatabase<T>(
  connectionString: string,
  work: (url: string) => Promise<T>,
  options: ScratchDatabaseOptions = {},
): Promise<T> {
  const name = `${PREFIX}${formatOwner(currentOwner())}_${randomBytes(3).toString('hex')}`;
  await withConnection(connectionString, options.signal, async (client) => {
    await sweepScratchDatabases(client);
    await createDatabaseLike(client, name, options.like ?? (await describeDatabase(client)));
    await client.query(
      `COMMENT ON DATABASE ${quoteIdent(name)} IS 'Scratch database of tothub-db; may be dropped once its run is over.'`,
    );
  });
  try {
    return await work(urlOf(connectionString, name));
  } finally {
    // Without the signal: also an aborted run drops its database.
    await withConnection(connectionString, undefined, (client) => drop(client, name));
  }
}

/**
 * Creates an empty database with an encoding and a locale.
 *
 * @throws ScratchDatabaseError when the role may not, or the server does not have them
 */
export async function createDatabaseLike(
  client: pg.Client,
  name: string,
  like: NonNullable<ScratchDatabaseOptions['like']>,
): Promise<void> {
  const provider = { i: 'icu', b: 'builtin' }[like.localeProvider];
  const locale = [
    `LC_COLLATE ${quoteLiteral(like.collate)} LC_CTYPE ${quoteLiteral(like.ctype)}`,
    provider && like.locale !== null
      ? `LOCALE_PROVIDER ${provider} ${provider === 'icu' ? 'ICU_LOCALE' : 'BUILTIN_LOCALE'} ${quoteLiteral(like.locale)}`
      : '',
  ].join(' ');
  try {
    await client.query(
      `CREATE DATABASE ${quoteIdent(name)} TEMPLATE template0 ENCODING ${quoteLiteral(like.encoding)} ${locale}`,
    );
  } catch (error) {
    if (errorCode(error) !== '42501') {
      throw new ScratchDatabaseError(
        `Could not create a database: ${messageOf(error)}. Use a server with the same encodings and locales as the source.`,
        { cause: error },
      );
    }
    const { role } = await queryRow<{ role: string }>(client, 'SELECT current_user AS role');
    throw new ScratchDatabaseError(
      `The role ${role} may not create a database. Run ALTER ROLE ${quoteIdent(role)} CREATEDB, or give the URL of a server where it may.`,
      { cause: error },
    );
  }
}

async function drop(client: pg.Client, name: string): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${quoteIdent(name)} WITH (FORCE)`);
}

/**
 * Drops what killed runs left: our prefix, our comment (or none yet), a dead owner, and nobody connected.
 */
async function sweepScratchDatabases(client: pg.Client): Promise<void> {
  const rows = await queryRows<{ name: string }>(
    client,
    `SELECT d.datname AS name FROM pg_database d
     WHERE starts_with(d.datname, $1) AND pg_has_role(d.datdba, 'USAGE')
       AND coalesce(shobj_description(d.oid, 'pg_database') LIKE 'Scratch database of tothub-db;%', true)
       AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)`,
    [PREFIX],
  );
  for (const { name } of rows) {
    const owner = parseOwner(name);
    if (!owner || !isOver(owner)) continue;
    // Somebody may connect, or another run sweep, at this very moment: the next run tries again.
    await client.query(`DROP DATABASE IF EXISTS ${quoteIdent(name)}`).catch(() => undefined);
  }
}

function urlOf(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${database}`;
  return url.href;
}
