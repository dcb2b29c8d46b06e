/** What is there: the tables to mask, the views that mask them, the roles that read them. */
import type { Queryable, RelationName } from '@tothub/db-catalog';
import type { MaskableColumn } from './mask-expression.ts';

/** A relation that views can be made of. */
export interface MaskableTable extends RelationName {
  readonly oid: string;
  readonly hasRowSecurity: boolean;
  readonly columns: readonly (MaskableColumn & { readonly number: number })[];
}

/** What stands in the schema of the views under some name. */
export interface ExistingView {
  readonly name: string;
  /** `pg_class.relkind`: `v` for a view. */
  readonly kind: string;
  readonly owner: string;
  readonly comment: string | null;
  /** The beginning of the SHA-256 of its definition. */
  readonly stored: string | null;
  readonly isBarrier: boolean;
  readonly isInvoker: boolean;
  /** What roles other than the owner may do; `PUBLIC` for everyone. */
  readonly grants: readonly { readonly role: string; readonly privilege: string }[];
}

const TABLES = `
WITH RECURSIVE base (type, ground) AS (
  SELECT oid, oid FROM pg_catalog.pg_type WHERE typtype <> 'd'
  UNION ALL
  SELECT d.oid, b.ground FROM pg_catalog.pg_type AS d JOIN base AS b ON d.typbasetype = b.type WHERE d.typtype = 'd'
)
SELECT n.nspname AS schema, c.relname AS name, c.oid::text AS oid, c.relrowsecurity AS "hasRowSecurity",
  pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', a.attname, 'number', a.attnum, 'category', g.typcategory,
    'type', pg_catalog.json_build_object('schema', s.nspname, 'name', g.typname)
  ) ORDER BY a.attnum) AS columns
FROM (SELECT DISTINCT * FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS a (schema, name)) AS asked
JOIN pg_catalog.pg_namespace AS n ON n.nspname = asked.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = asked.name
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN base AS b ON b.type = a.atttypid
JOIN pg_catalog.pg_type AS g ON g.oid = b.ground
JOIN pg_catalog.pg_namespace AS s ON s.oid = g.typnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
GROUP BY n.nspname, c.oid`;

/** Describes those of the tables that exist. */
export async function readTables(
  db: Queryable,
  tables: readonly RelationName[],
): Promise<MaskableTable[]> {
  const { rows } = await db.query(TABLES, [
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ]);
  return rows;
}

/** The definition of the view `c`, to be read with an empty search path so that it is the same for everyone. */
export const STORED_DEFINITION = `pg_catalog."left"(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
  pg_catalog.pg_get_viewdef(c.oid), 'UTF8')), 'hex'), 16)`;

const isOptionOn = (
  name: string,
) => `EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
    WHERE o.option_name = '${name}' AND o.option_value::pg_catalog.bool)`;

/**
 * The path is emptied by the joined CTE before the first definition is printed, and put back after the last, all in
 * one statement: there may be no transaction, and no session that lasts longer.
 */
const VIEWS = `
WITH pinned AS MATERIALIZED (
  SELECT pg_catalog.current_setting('search_path') AS former, pg_catalog.set_config('search_path', '', true)
)
SELECT v.views, pg_catalog.set_config('search_path', (SELECT former FROM pinned), true)
FROM (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
  'name', c.relname, 'kind', c.relkind, 'owner', pg_catalog.pg_get_userbyid(c.relowner),
  'comment', pg_catalog.obj_description(c.oid, 'pg_class'),
  'isBarrier', ${isOptionOn('security_barrier')}, 'isInvoker', ${isOptionOn('security_invoker')},
  'stored', CASE WHEN c.relkind = 'v' THEN ${STORED_DEFINITION} END,
  'grants', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'role', CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g.grantee) END,
      'privilege', g.privilege_type)), '[]')
    FROM (SELECT c.relacl AS acl UNION ALL SELECT a.attacl FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid) AS l,
      pg_catalog.aclexplode(l.acl) AS g
    WHERE g.grantee <> c.relowner)
  )) AS views
  FROM pinned CROSS JOIN pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
) AS v`;

/** Lists what stands in the schema of the views. */
export async function readViews(db: Queryable, schema: string): Promise<ExistingView[]> {
  const { rows } = await db.query(VIEWS, [schema]);
  return rows[0].views ?? [];
}

const ROLES = `
SELECT r.rolname AS name,
  ARRAY(SELECT t.oid::text FROM pg_catalog.unnest($2::pg_catalog.text[]) AS o (id) JOIN pg_catalog.pg_class AS t ON t.oid = o.id::oid
    WHERE pg_catalog.has_any_column_privilege(r.oid, t.oid, 'SELECT')) AS reads,
  coalesce(pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE'), false) AS "usesSchema",
  coalesce(pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE'), false) AS "createsInSchema"
FROM pg_catalog.pg_roles AS r LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = $3 WHERE r.rolname = ANY ($1::pg_catalog.text[])`;

/** A role that is to read the views. */
export interface Reader {
  readonly name: string;
  /** OIDs of the tables that it can read itself, if only one column of them. */
  readonly reads: readonly string[];
  readonly usesSchema: boolean;
  /** Whether it may make objects in the schema of the views. */
  readonly createsInSchema: boolean;
}

/** Describes those of the roles that exist. */
export async function readRoles(
  db: Queryable,
  names: readonly string[],
  tableOids: readonly string[],
  schema: string,
): Promise<Reader[]> {
  const { rows } = await db.query(ROLES, [names, tableOids, schema]);
  return rows;
}
