import type pg from 'pg';
import { queryRow } from '../connection/query-rows.ts';
import type { DatabaseIdentity } from '../storage/manifest.ts';

/** Columns of `pg_database` about the locale have other names before PostgreSQL 17: asked for as JSON. */
const DESCRIBE = `
SELECT d.datname AS name, d.oid::text AS oid, pg_encoding_to_char(d.encoding) AS encoding,
  d.datcollate AS collate, d.datctype AS ctype, d.datlocprovider AS "localeProvider",
  coalesce(j ->> 'datlocale', j ->> 'daticulocale') AS locale,
  has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text AS "mayReadSystem"
FROM pg_database d, to_jsonb(d) AS j WHERE d.datname = current_database()`;

/** Says which database a session is in, and the locale that a database like it needs. */
export async function describeDatabase(client: pg.Client): Promise<DatabaseIdentity> {
  const { mayReadSystem, ...database } = await queryRow<
    Omit<DatabaseIdentity, 'systemIdentifier'> & { mayReadSystem: string }
  >(client, DESCRIBE);
  if (mayReadSystem !== 'true') return { ...database, systemIdentifier: null };
  const { id } = await queryRow<{ id: string }>(
    client,
    'SELECT system_identifier AS id FROM pg_control_system()',
  );
  return { ...database, systemIdentifier: id };
}
