import type pg from 'pg';
import { queryRow, queryRows } from '../connection/query-rows.ts';
import type {
  AccessGrant,
  DatabaseAccess,
  DefaultAccess,
  ObjectAccess,
  RecordedAccess,
} from './recorded-access.ts';

/** An object as it stands in a database now, with what it was born with. */
export interface FoundAccess extends ObjectAccess {
  readonly grants: readonly AccessGrant[];
  /** What its owner and others hold when nobody granted or revoked anything. */
  readonly born: readonly AccessGrant[];
  /** Every privilege that this server knows for it; empty where it can bear none. */
  readonly allPrivileges: readonly string[];
  /** False where the owner follows from another object: a column, the sequence of a serial column. */
  readonly hasOwner: boolean;
}

/** Privileges out of an ACL, those of a grantee together; `ALL` where nothing is missing. */
const grantsOf = (acl: string, kind: string, owner: string): string => `(
  SELECT coalesce(json_agg(json_build_object('grantee', g.grantee, 'grantor', g.grantor, 'grantable', g.grantable,
      'privileges', CASE WHEN ${kind} <> 'c' AND cardinality(g.privileges) = (
          SELECT count(*) FROM aclexplode(acldefault(${kind}, ${owner})) own WHERE own.grantee = ${owner})
        THEN ARRAY['ALL'] ELSE g.privileges END) ORDER BY g.grantor, g.grantee NULLS FIRST, g.grantable), '[]')
  FROM (SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END AS grantee,
      pg_get_userbyid(a.grantor) AS grantor, a.is_grantable AS grantable,
      array_agg(a.privilege_type ORDER BY a.privilege_type) AS privileges
    FROM aclexplode(${acl}) a GROUP BY 1, 2, 3) g)`;

/**
 * Every object that can have an owner or privileges of its own; not the system's, and not those of extensions, which
 * come with them. `name` is empty where PostgreSQL is to print it.
 */
const OBJECTS = `
WITH object AS (
  SELECT 'schema' AS kind, 'pg_namespace'::regclass AS class, oid, 0 AS sub, oid AS nsp, nspowner AS owner, nspacl AS acl, 'n' AS type, true AS has_owner FROM pg_namespace
  UNION ALL SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, 'pg_class'::regclass, oid, 0, relnamespace, relowner, relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END,
    NOT EXISTS (SELECT FROM pg_depend d WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
    FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL SELECT 'column', 'pg_class'::regclass, attrelid, attnum, relnamespace, relowner, attacl, 'c', false
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attacl IS NOT NULL AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION ALL SELECT 'routine', 'pg_proc'::regclass, oid, 0, pronamespace, proowner, proacl, 'f', true FROM pg_proc
  UNION ALL SELECT CASE typtype WHEN 'd' THEN 'domain' ELSE 'type' END, 'pg_type'::regclass, t.oid, 0, typnamespace, typowner, typacl, 'T', true FROM pg_type t
    WHERE typtype IN ('e', 'd', 'r') OR (typtype = 'b' AND typelem = 0) OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c')
  UNION ALL SELECT 'language', 'pg_language'::regclass, oid, 0, 0, lanowner, lanacl, 'l', true FROM pg_language
  UNION ALL SELECT 'foreign data wrapper', 'pg_foreign_data_wrapper'::regclass, oid, 0, 0, fdwowner, fdwacl, 'F', true FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'foreign server', 'pg_foreign_server'::regclass, oid, 0, 0, srvowner, srvacl, 'S', true FROM pg_foreign_server
  UNION ALL SELECT 'large object', 'pg_largeobject'::regclass, oid, 0, 0, lomowner, lomacl, 'L', true FROM pg_largeobject_metadata
  UNION ALL SELECT 'operator', 'pg_operator'::regclass, oid, 0, oprnamespace, oprowner, NULL, NULL, true FROM pg_operator
  UNION ALL SELECT 'operator class', 'pg_opclass'::regclass, oid, 0, opcnamespace, opcowner, NULL, NULL, true FROM pg_opclass
  UNION ALL SELECT 'operator family', 'pg_opfamily'::regclass, oid, 0, opfnamespace, opfowner, NULL, NULL, true FROM pg_opfamily
  UNION ALL SELECT 'collation', 'pg_collation'::regclass, oid, 0, collnamespace, collowner, NULL, NULL, true FROM pg_collation
  UNION ALL SELECT 'conversion', 'pg_conversion'::regclass, oid, 0, connamespace, conowner, NULL, NULL, true FROM pg_conversion
  UNION ALL SELECT 'text search configuration', 'pg_ts_config'::regclass, oid, 0, cfgnamespace, cfgowner, NULL, NULL, true FROM pg_ts_config
  UNION ALL SELECT 'text search dictionary', 'pg_ts_dict'::regclass, oid, 0, dictnamespace, dictowner, NULL, NULL, true FROM pg_ts_dict
  UNION ALL SELECT 'statistics', 'pg_statistic_ext'::regclass, oid, 0, stxnamespace, stxowner, NULL, NULL, true FROM pg_statistic_ext
  UNION ALL SELECT 'event trigger', 'pg_event_trigger'::regclass, oid, 0, 0, evtowner, NULL, NULL, true FROM pg_event_trigger
  UNION ALL SELECT 'publication', 'pg_publication'::regclass, oid, 0, 0, pubowner, NULL, NULL, true FROM pg_publication
)
SELECT o.kind, i.identity AS name, o.has_owner::text AS "hasOwner", pg_get_userbyid(o.owner) AS owner,
  (SELECT quote_ident(attname) FROM pg_attribute WHERE o.sub > 0 AND attrelid = o.oid AND attnum = o.sub) AS column,
  CASE WHEN o.type IS NULL THEN '[]' ELSE ${grantsOf(`coalesce(o.acl, acldefault(o.type::"char", o.owner))`, `o.type::"char"`, 'o.owner')} END AS grants,
  CASE WHEN o.type IS NULL THEN '[]' ELSE ${grantsOf(`acldefault(o.type::"char", o.owner)`, `o.type::"char"`, 'o.owner')} END AS born,
  CASE o.type WHEN 'c' THEN '["INSERT","REFERENCES","SELECT","UPDATE"]'::json ELSE (SELECT coalesce(json_agg(privilege_type), '[]')
    FROM aclexplode(acldefault(o.type::"char", o.owner)) WHERE grantee = o.owner) END AS "allPrivileges",
  (o.acl IS NULL)::text AS "isBorn"
FROM object o LEFT JOIN pg_namespace n ON n.oid = o.nsp, pg_identify_object(o.class, o.oid, 0) i
WHERE (o.oid >= 16384 OR n.nspname = 'public' OR o.kind = 'large object') AND coalesce(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema', true)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')`;

interface ObjectRow {
  readonly kind: string;
  readonly name: string;
  readonly column: string | null;
  readonly owner: string;
  readonly hasOwner: string;
  readonly isBorn: string;
  readonly grants: string;
  readonly born: string;
  readonly allPrivileges: string;
}

/** Reads owner and privileges of every object of a database, as they are now. */
export async function findAccess(client: pg.Client): Promise<FoundAccess[]> {
  const rows = await queryRows<ObjectRow>(client, OBJECTS);
  return rows.map(({ kind, name, column, owner, hasOwner, grants, born, allPrivileges }) => ({
    kind,
    name,
    column,
    owner,
    hasOwner: hasOwner === 'true',
    grants: JSON.parse(grants),
    born: JSON.parse(born),
    allPrivileges: JSON.parse(allPrivileges),
  }));
}

const DATABASE = `
SELECT pg_get_userbyid(d.datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment,
  d.datconnlimit AS "connectionLimit",
  CASE WHEN d.datacl IS NOT NULL THEN ${grantsOf('d.datacl', `'d'`, 'd.datdba')} END AS grants,
  (SELECT coalesce(json_agg(json_build_object('role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END,
      'name', split_part(c, '=', 1), 'value', substr(c, strpos(c, '=') + 1)) ORDER BY s.setrole, c), '[]')
   FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setdatabase = d.oid) AS settings
FROM pg_database d WHERE d.datname = current_database()`;

const DEFAULTS = `
SELECT pg_get_userbyid(a.defaclrole) AS role, n.nspname AS schema,
  CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
    WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS objects,
  ${grantsOf('a.defaclacl', `(CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END)`, 'a.defaclrole')} AS grants
FROM pg_default_acl a LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace ORDER BY 1, 2 NULLS FIRST, 3`;

/** Reads what a backup keeps: whatever differs from what a database of one owner is born with. */
export async function readAccess(client: pg.Client): Promise<RecordedAccess> {
  const database = await queryRow<{
    owner: string;
    comment: string | null;
    connectionLimit: string;
    grants: string | null;
    settings: string;
  }>(client, DATABASE);
  const objects = await queryRows<ObjectRow>(
    client,
    `SELECT * FROM (${OBJECTS}) AS found WHERE owner <> $1 OR "isBorn" = 'false' ORDER BY kind, name, "column" NULLS FIRST`,
    [database.owner],
  );
  const defaults = await queryRows<Omit<DefaultAccess, 'grants'> & { grants: string }>(
    client,
    DEFAULTS,
  );
  return {
    database: {
      owner: database.owner,
      comment: database.comment,
      connectionLimit: Number(database.connectionLimit),
      grants: database.grants === null ? null : JSON.parse(database.grants),
      settings: JSON.parse(database.settings) as DatabaseAccess['settings'],
    },
    objects: objects.map(({ kind, name, column, owner, grants, isBorn }) => ({
      kind,
      name,
      column,
      owner,
      grants: isBorn === 'true' ? null : JSON.parse(grants),
    })),
    defaults: defaults.map((entry) => ({ ...entry, grants: JSON.parse(entry.grants) })),
  };
}
