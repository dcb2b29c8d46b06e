/** Statements for what hangs on the database itself: default privileges, and for a new database its owner and settings. */
import { quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import type { AccessPlan, AccessStatement, RoleFinder } from './plan-access.ts';
import type { AccessGrant, DatabaseAccess, DefaultAccess } from './recorded-access.ts';

/** Settings whose value is a list of names, each quoted by itself (`GUC_LIST_QUOTE` in PostgreSQL). */
const LISTS = new Set([
  'search_path',
  'temp_tablespaces',
  'session_preload_libraries',
  'shared_preload_libraries',
  'local_preload_libraries',
  'unix_socket_directories',
]);

/** Plans `ALTER DEFAULT PRIVILEGES` for a database that has none yet. */
export function planDefaults(defaults: readonly DefaultAccess[], roleOf: RoleFinder): AccessPlan {
  const statements: AccessStatement[] = [];
  const skipped: string[] = [];
  for (const { role, schema, objects, grants } of defaults) {
    const what = `default privileges on ${objects.toLowerCase()}${schema === null ? '' : ` in ${schema}`} of ${role}`;
    const mapped = roleOf(role);
    if (mapped === undefined) {
      skipped.push(`${what}: ${role} is missing`);
      continue;
    }
    const inSchema = schema === null ? '' : ` IN SCHEMA ${quoteIdent(schema)}`;
    const prefix = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdent(mapped)}${inSchema}`;
    // Without a schema the list replaces what every object is born with; within one it adds to that.
    const born = schema === null ? [quoteIdent(mapped), 'PUBLIC'] : [];
    for (const grantee of born) {
      const sql = `${prefix} REVOKE ALL ON ${objects} FROM ${grantee}`;
      statements.push({ sql, what });
    }
    for (const grant of grants) {
      const plan = granted(grant, roleOf);
      if (plan === undefined) skipped.push(`${what}: ${grant.grantee} is missing`);
      else
        statements.push({
          sql: `${prefix} GRANT ${plan.privileges} ON ${objects} TO ${plan.to}`,
          what,
        });
    }
  }
  return { statements, skipped };
}

/** Plans owner, privileges, limit and settings of a database that the restore made itself. */
export function planDatabase(
  database: string,
  recorded: DatabaseAccess,
  roleOf: RoleFinder,
): AccessPlan {
  const name = quoteIdent(database);
  const statements: AccessStatement[] = [];
  const skipped: string[] = [];
  for (const { role, name: setting, value } of recorded.settings) {
    const what = `setting ${setting}${role === null ? '' : ` of ${role}`} in the database`;
    const mapped = role === null ? null : roleOf(role);
    const whose =
      mapped === null
        ? `DATABASE ${name}`
        : `ROLE ${quoteIdent(mapped ?? '?')} IN DATABASE ${name}`;
    if (mapped === undefined) skipped.push(`${what}: ${role} is missing`);
    else
      statements.push({
        sql: `ALTER ${whose} SET ${quoteIdent(setting)} TO ${settingValue(setting, value)}`,
        what,
      });
  }
  if (recorded.connectionLimit >= 0)
    statements.push({
      sql: `ALTER DATABASE ${name} CONNECTION LIMIT ${Math.trunc(recorded.connectionLimit)}`,
      what: 'connection limit of the database',
    });
  if (recorded.grants !== null) {
    statements.push({
      sql: `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`,
      what: 'privileges on the database',
    });
    for (const grant of recorded.grants) {
      // The owner's own privileges go over to the new owner with the database.
      if (grant.grantee === recorded.owner) continue;
      const plan = granted(grant, roleOf);
      const what = `privileges on the database for ${grant.grantee ?? 'everybody'}`;
      if (plan === undefined) skipped.push(`${what}, who is missing`);
      else
        statements.push({
          sql: `GRANT ${plan.privileges} ON DATABASE ${name} TO ${plan.to}`,
          what,
        });
    }
  }
  const owner = roleOf(recorded.owner);
  if (owner === undefined) skipped.push(`the database: its owner ${recorded.owner} is missing`);
  else
    statements.push({
      sql: `ALTER DATABASE ${name} OWNER TO ${quoteIdent(owner)}`,
      what: `owner ${owner} of the database`,
    });
  return { statements, skipped };
}

function granted(
  { grantee, privileges, grantable }: AccessGrant,
  roleOf: RoleFinder,
): { readonly privileges: string; readonly to: string } | undefined {
  const role = grantee === null ? null : roleOf(grantee);
  if (role === undefined) return undefined;
  const to = `${role === null ? 'PUBLIC' : quoteIdent(role)}${grantable ? ' WITH GRANT OPTION' : ''}`;
  return { privileges: privileges.join(', '), to };
}

function settingValue(setting: string, value: string): string {
  if (!LISTS.has(setting.toLowerCase())) return quoteLiteral(value);
  const names = [...value.matchAll(/"((?:[^"]|"")*)"|([^,\s]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
  return names.length === 0 ? "''" : names.map(quoteLiteral).join(', ');
}
