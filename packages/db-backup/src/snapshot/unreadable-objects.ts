import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';

/**
 * What this role could not read in full, named with the reason: schemas without USAGE, tables and sequences
 * without SELECT, tables whose rows row-level security would hide, large objects of others.
 */
const UNREADABLE = `
WITH own AS (
  SELECT c.oid, c.relkind, n.oid AS nsp, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), problem AS (
  SELECT DISTINCT 'schema' AS kind, nspname AS schema, NULL::name AS name,
    format('schema %I (no USAGE)', nspname) AS what, 'no USAGE on its schema' AS reason FROM own WHERE NOT has_schema_privilege(nsp, 'USAGE')
  UNION ALL
  SELECT 'relation', nspname, relname, name || ' (no SELECT)', 'no SELECT' FROM own
  WHERE CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(oid, 'SELECT') ELSE NOT has_table_privilege(oid, 'SELECT') END
  UNION ALL
  SELECT 'hidden rows', nspname, relname, name || ' (row-level security applies to this role)',
    'row-level security applies to this role' FROM own WHERE relkind <> 'S' AND row_security_active(oid)
  UNION ALL
  SELECT 'large object', NULL, NULL, 'large object ' || oid || ' (no SELECT)', 'no SELECT' FROM pg_largeobject_metadata
  WHERE NOT pg_has_role(lomowner, 'USAGE') AND NOT EXISTS (
    SELECT FROM aclexplode(lomacl) a
    WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
)
SELECT * FROM problem ORDER BY what`;

/** Something that the role of a session cannot read in full. */
export interface UnreadableObject {
  readonly kind: 'schema' | 'relation' | 'hidden rows' | 'large object';
  /** Null for a large object. */
  readonly schema: string | null;
  /** Null for a schema and a large object. */
  readonly name: string | null;
  /** As a message names it, with the reason. */
  readonly what: string;
  readonly reason: string;
}

/** Names what the role of this session cannot read in full; empty when a backup would be complete. */
export function unreadableObjects(client: pg.Client): Promise<UnreadableObject[]> {
  return queryRows<UnreadableObject>(client, UNREADABLE);
}
