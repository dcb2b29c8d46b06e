import { withSession } from './connect.ts';

/** A name for one very database: see {@link describeDatabase}. */
export function databaseIdentity(system: string | null, oid: string, name: string): string {
  return `${system ?? 'unknown'}/${oid}/${name}`;
}

/**
 * A name for this very database, so that what was proven of one is never taken for another: the cluster's system
 * identifier where the role may read it, and the database's OID, which a dropped and re-created one does not keep.
 */
export async function describeDatabase(url: string): Promise<string> {
  return withSession(url, async (client) => {
    const { rows } = await client.query(
      'SELECT current_database() AS name, oid::text FROM pg_catalog.pg_database WHERE datname = current_database()',
    );
    const system = await client
      .query('SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()')
      .then(({ rows: [row] }) => String(row.id))
      .catch(() => null);
    return databaseIdentity(system, rows[0].oid, rows[0].name);
  });
}

/** What the server's clock says, as an ISO 8601 instant. */
export async function serverTime(url: string): Promise<string> {
  return withSession(url, async (client) => {
    const { rows } = await client.query(
      'SELECT (1000 * extract(epoch FROM pg_catalog.now()))::float8 AS ms',
    );
    return new Date(rows[0].ms as number).toISOString();
  });
}
