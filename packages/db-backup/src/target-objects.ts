import type pg from 'pg';
import { queryRows } from './connection/query-rows.ts';

/** Whatever somebody put into a database: nothing of the system, nothing that belongs to an extension. */
const OBJECTS = `
WITH mine AS (
  SELECT 'pg_namespace'::regclass AS class, oid, 'schema ' || quote_ident(nspname) AS what, nspname
    FROM pg_namespace WHERE nspname <> 'public'
  UNION ALL
  SELECT 'pg_class'::regclass, c.oid, CASE c.relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view '
      WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table ' WHEN 'c' THEN 'type ' ELSE 'table ' END
      || format('%I.%I', n.nspname, c.relname), n.nspname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','v','m','f','S','c')
  UNION ALL
  SELECT 'pg_proc'::regclass, p.oid, format('function %I.%I', n.nspname, p.proname), n.nspname
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  UNION ALL
  SELECT 'pg_type'::regclass, t.oid, format('type %I.%I', n.nspname, t.typname), n.nspname
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('e','d','r')
)
SELECT what FROM mine
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> $1
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = mine.class AND d.objid = mine.oid AND d.deptype = 'e')
UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata
ORDER BY what`;

/**
 * Names everything that stands in a database besides the system and extensions; empty for a new one. Objects of the
 * schema `without` are left out.
 */
export async function objectsInTarget(client: pg.Client, without = ''): Promise<string[]> {
  return (await queryRows<{ what: string }>(client, OBJECTS, [without])).map((row) => row.what);
}
