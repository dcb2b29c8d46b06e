/** The rights that an improvement needs, checked before anything is changed. */
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { withSession } from '../database/connect.ts';
import { refusal } from '../exit.ts';

const rights = `
SELECT current_user AS role,
       pg_catalog.has_database_privilege(current_database(), 'CREATE') AS can_create_schemas,
       coalesce(pg_catalog.has_schema_privilege('public', 'CREATE'), false) AS can_create_tables,
       r.rolcreatedb OR r.rolsuper AS can_create_databases,
       pg_catalog.current_setting('default_transaction_read_only') = 'on'
         OR pg_catalog.pg_is_in_recovery() AS is_read_only
  FROM pg_catalog.pg_roles AS r
 WHERE r.rolname = current_user`;

const foreignTables = `
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
   AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
 ORDER BY 1, 2`;

export interface Privilege {
  readonly name: string;
  readonly held: boolean;
  readonly detail: string;
}

/** Each right that an improvement needs, and whether the URL's role has it. */
export async function readPrivileges(url: string): Promise<Privilege[]> {
  return withSession(url, async (client) => {
    const { rows } = await client.query(rights);
    const right = rows[0];
    const others: RelationName[] = (await client.query(foreignTables)).rows;
    const named = others.slice(0, 3).map((table) => qualifiedName(table));
    return [
      {
        name: 'writable server',
        held: !right.is_read_only,
        detail: right.is_read_only ? 'the server or the session is read-only' : 'yes',
      },
      {
        name: 'create schemas',
        held: right.can_create_schemas && right.can_create_tables,
        detail: `CREATE on the database and on schema public for ${right.role}`,
      },
      {
        name: 'own the tables',
        held: others.length === 0,
        detail:
          others.length === 0
            ? 'every table in public'
            : `${others.length} tables belong to another role, ${named.join(', ')} among them`,
      },
      {
        name: 'create databases',
        held: right.can_create_databases,
        detail: `CREATEDB for ${right.role}, for the scratch database that proves a backup`,
      },
    ];
  });
}

/**
 * @throws CliError (exit 1) when a right is missing; nothing was changed.
 */
export async function assertPrivileges(url: string): Promise<void> {
  const missing = (await readPrivileges(url)).filter(({ held }) => !held);
  if (missing.length === 0) return;
  throw refusal(
    'TOTHUB_NO_PERMISSION',
    `The role of this URL may not improve the database: it lacks ${missing.map(({ name }) => `"${name}"`).join(', ')}.`,
    {
      hint: "Use the URL of the role that owns the tables (on Neon: the database's owner).",
      details: missing.map(({ name, detail }) => `${name}: ${detail}`),
    },
  );
}
