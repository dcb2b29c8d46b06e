import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';

/**
 * What this role could not read in full, named with the reason: schemas without USAGE, tables and sequences
 * without SELECT, tables whose rows row-level security would hide, large objects of others.
 */
const UNREADABLE = `
WITH own AS (
  SELECT c.oid, c.relkind, n.oid AS nsp, n.nspname, format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), problem AS (
  SELECT DISTINCT format('schema %I (no USAGE)', nspname) AS what FROM own WHERE NOT has_schema_privilege(nsp, 'USAGE')
  UNION ALL
  SELECT name || ' (no SELECT)' FROM own
  WHERE CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(oid, 'SELECT') ELSE NOT has_table_privilege(oid, 'SELECT') END
  UNION ALL
  SELECT name || ' (row-level security applies to this role)' FROM own WHERE relkind <> 'S' AND row_security_active(oid)
  UNION ALL
  SELECT 'large object ' || oid || ' (no SELECT)' FROM pg_largeobject_metadata
  WHERE NOT pg_has_role(lomowner, 'USAGE') AND NOT EXISTS (
    SELECT FROM aclexplode(lomacl) a
    WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
)
SELECT what FROM problem ORDER BY what`;

/** Names what the role of this session cannot read in full; empty when a backup would be complete. */
export async function unreadableObjects(client: pg.Client): Promise<string[]> {
  const rows = await queryRows<{ what: string }>(client, UNREADABLE);
  return rows.map((row) => row.what);
}
