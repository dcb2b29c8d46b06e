import type pg from 'pg';
import { queryRow, queryRows } from '../connection/query-rows.ts';
import { messageOf } from '../errors.ts';
import { planDatabase, planDefaults } from './database-access.ts';
import { type AccessStatement, planAccess, type RoleFinder } from './plan-access.ts';
import { findAccess } from './read-access.ts';
import type { RecordedAccess } from './recorded-access.ts';

export interface ApplyAccessOptions {
  readonly roleOf: RoleFinder;
  /** True where the restore made the database: then its own owner, privileges and settings are restored too. */
  readonly isNewDatabase: boolean;
  /** Only objects for which this holds, and no default privileges. @default everything */
  readonly only?: (kind: string, name: string) => boolean;
  /** True inside a transaction, which a refused statement must not end. @default false */
  readonly inTransaction?: boolean;
}

const STATEMENTS_AT_ONCE = 100;
/** Owners change in the first round who may grant; what that undid or allowed is done in the second. */
const ROUNDS = 2;

/**
 * Gives objects their owners and privileges back, as far as the role of the session may: each statement by itself, so
 * that what one is refused costs nothing else.
 *
 * @returns what could not be given back, in words, each with its reason
 */
export async function applyAccess(
  client: pg.Client,
  recorded: RecordedAccess,
  options: ApplyAccessOptions,
): Promise<string[]> {
  const { roleOf, isNewDatabase, only = () => true, inTransaction = false } = options;
  const failed: string[] = [];
  const wanted = {
    ...recorded,
    objects: recorded.objects.filter(({ kind, name }) => only(kind, name)),
  };
  const plan = async () =>
    planAccess(
      wanted,
      (await findAccess(client)).filter(({ kind, name }) => only(kind, name)),
      roleOf,
    );
  for (let round = 1; round <= ROUNDS; round++) {
    const refused = await runAll(client, (await plan()).statements, inTransaction);
    if (round === ROUNDS) failed.push(...refused);
  }
  const { skipped } = await plan();
  failed.push(...skipped);
  if (options.only === undefined) {
    const { name } = await queryRow<{ name: string }>(client, 'SELECT current_database() AS name');
    const more = [planDefaults(recorded.defaults, roleOf)];
    if (isNewDatabase) more.push(planDatabase(name, recorded.database, roleOf));
    else failed.push(...leftToTheDatabase(recorded));
    for (const { statements, skipped: missing } of more)
      failed.push(...(await runAll(client, statements, inTransaction)), ...missing);
  }
  return [...new Set(failed)];
}

/** Names what stays as it is because the database was there before. */
function leftToTheDatabase({ database }: RecordedAccess): string[] {
  return [
    ...database.settings.map(
      ({ name, role }) =>
        `setting ${name}${role === null ? '' : ` of ${role}`} in the database: it was there before, and keeps its own`,
    ),
    ...(database.grants === null
      ? []
      : ['privileges on the database: it was there before, and keeps its own']),
  ];
}

/** Roles of the server. */
export async function rolesOfServer(client: pg.Client): Promise<Set<string>> {
  const rows = await queryRows<{ name: string }>(client, 'SELECT rolname AS name FROM pg_roles');
  return new Set(rows.map((row) => row.name));
}

/** Finds roles by name, the mapped ones under their new name. */
export function roleFinder(
  roles: ReadonlySet<string>,
  mapRoles: Readonly<Record<string, string>> = {},
): RoleFinder {
  const map = new Map(Object.entries(mapRoles));
  return (role) => {
    const found = map.get(role) ?? role;
    return roles.has(found) ? found : undefined;
  };
}

/** Many at once, as one transaction; one by one where that is refused. Gives what was refused, with the reason. */
async function runAll(
  client: pg.Client,
  statements: readonly AccessStatement[],
  inTransaction: boolean,
): Promise<string[]> {
  const refused: string[] = [];
  /** The reason where it is refused. */
  const run = async (sql: string): Promise<string | undefined> => {
    try {
      if (inTransaction) await client.query('SAVEPOINT tothub_access');
      await client.query(sql);
      return undefined;
    } catch (error) {
      if (inTransaction) await client.query('ROLLBACK TO SAVEPOINT tothub_access');
      return messageOf(error);
    }
  };
  for (let from = 0; from < statements.length; from += STATEMENTS_AT_ONCE) {
    const batch = statements.slice(from, from + STATEMENTS_AT_ONCE);
    if ((await run(batch.map(({ sql }) => sql).join(';\n'))) === undefined) continue;
    for (const { sql, what } of batch) {
      const reason = await run(sql);
      if (reason !== undefined) refused.push(`${what} (${reason})`);
    }
  }
  return refused;
}
