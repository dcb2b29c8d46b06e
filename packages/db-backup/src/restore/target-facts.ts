/** What a restore has to know of the server and database that it is to write to, read before anything is written. */
import { statfs } from 'node:fs/promises';
import type pg from 'pg';
import { rolesOfServer } from '../access/apply-access.ts';
import { parseConnectionString } from '../connection/connection-string.ts';
import { queryRow, queryRows } from '../connection/query-rows.ts';
import { describeDatabase } from '../snapshot/describe-database.ts';
import type { DatabaseIdentity } from '../storage/manifest.ts';

/** An extension as the target could install it, or has it. */
export interface FoundExtension {
  readonly name: string;
  readonly defaultVersion: string;
  /** Null where this database does not have it yet. */
  readonly installedVersion: string | null;
  /** True where only a superuser may install it. */
  readonly needsSuperuser: boolean;
}

export interface TargetFacts {
  readonly serverMajor: number;
  readonly serverVersion: string;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly mayCreateDatabases: boolean;
  /** Of the database itself; meaningless where it is yet to be made. */
  readonly database: DatabaseIdentity;
  readonly roles: ReadonlySet<string>;
  readonly extensions: ReadonlyMap<string, FoundExtension>;
  /** Locks that one transaction may take before the server runs out of room for them. */
  readonly lockCapacity: number;
  /** Bytes free where the server keeps its data; null where that cannot be seen from here. */
  readonly freeBytes: number | null;
}

/** Reads the facts in a session on the target, or on another database of its server. */
export async function readTargetFacts(
  client: pg.Client,
  connectionString: string,
): Promise<TargetFacts> {
  const server = await queryRow<
    Record<'major' | 'version' | 'locks' | 'role' | 'super' | 'createdb', string>
  >(
    client,
    `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_version') AS version,
       current_setting('max_locks_per_transaction')::bigint *
         (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) AS locks,
       rolname AS role, rolsuper::text AS super, (rolsuper OR rolcreatedb)::text AS createdb
     FROM pg_roles WHERE rolname = current_user`,
  );
  const extensions = await queryRows<
    Record<'name' | 'version' | 'needsSuperuser', string> & { installed: string | null }
  >(
    client,
    `SELECT e.name, e.default_version AS version, e.installed_version AS installed,
       coalesce(v.superuser AND NOT v.trusted, false)::text AS "needsSuperuser"
     FROM pg_available_extensions e LEFT JOIN pg_available_extension_versions v
       ON v.name = e.name AND v.version = e.default_version`,
  );
  return {
    serverMajor: Number(server.major),
    serverVersion: server.version,
    role: server.role,
    isSuperuser: server.super === 'true',
    mayCreateDatabases: server.createdb === 'true',
    database: await describeDatabase(client),
    roles: await rolesOfServer(client),
    extensions: new Map(
      extensions.map(({ name, version, installed, needsSuperuser }) => [
        name,
        {
          name,
          defaultVersion: version,
          installedVersion: installed,
          needsSuperuser: needsSuperuser === 'true',
        },
      ]),
    ),
    lockCapacity: Number(server.locks),
    freeBytes: await freeBytes(client, connectionString),
  };
}

/** Free space can be seen only of a server on this machine, by a role that may ask where its data lie. */
async function freeBytes(client: pg.Client, connectionString: string): Promise<number | null> {
  const { host } = parseConnectionString(connectionString);
  if (!['127.0.0.1', '::1', 'localhost'].includes(host) && !host.startsWith('/')) return null;
  try {
    const { directory } = await queryRow<{ directory: string }>(
      client,
      `SELECT current_setting('data_directory') AS directory`,
    );
    // A tunnel may end on this machine too: then there is no such folder here.
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}
