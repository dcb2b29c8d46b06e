/**
 * Compares who owns what and who may do what in a database with what a backup recorded, and says which statements make
 * them equal. Nothing is decided about roles that are missing: what names them is left out and listed.
 */
import { quoteIdent } from '@tothub/db-catalog';
import type { FoundAccess } from './read-access.ts';
import type { AccessGrant, ObjectAccess, RecordedAccess } from './recorded-access.ts';

/** Finds the role of the target that stands for one of the source; undefined where there is none. */
export type RoleFinder = (role: string) => string | undefined;

/** One statement, and what it is for in words. */
export interface AccessStatement {
  readonly sql: string;
  readonly what: string;
}

/** What would make the target equal, and what cannot be. */
export interface AccessPlan {
  readonly statements: readonly AccessStatement[];
  readonly skipped: readonly string[];
}

/** Text that is equal for two records of the same object only. */
function accessKey({ kind, name, column }: Omit<ObjectAccess, 'owner' | 'grants'>): string {
  return JSON.stringify([kind, name, column]);
}

/**
 * Plans owners and privileges of the objects that stand in the target. Grants come before owners, since afterwards
 * the restoring role may no longer be allowed to give them; PostgreSQL passes an owner's own privileges on.
 */
export function planAccess(
  recorded: RecordedAccess,
  found: readonly FoundAccess[],
  roleOf: RoleFinder,
): AccessPlan {
  const wanted = new Map(recorded.objects.map((object) => [accessKey(object), object]));
  const grants: AccessStatement[] = [];
  const owners: AccessStatement[] = [];
  const skipped: string[] = [];
  const isThere = new Set(found.map(accessKey));
  for (const object of [...found, ...bareColumns(recorded, found)]) {
    const { owner, grants: wantedGrants } = wanted.get(accessKey(object)) ?? {
      owner: recorded.database.owner,
      grants: null,
    };
    const newOwner = roleOf(owner);
    if (object.hasOwner && newOwner !== object.owner) {
      if (newOwner === undefined)
        skipped.push(`${describe(object)}: its owner ${owner} is missing`);
      else owners.push(ownerStatement(object, newOwner));
    }
    const plan = planGrants(object, owner, newOwner, wantedGrants, roleOf);
    grants.push(...plan.statements);
    skipped.push(...plan.skipped);
  }
  for (const object of recorded.objects) {
    if (!isThere.has(accessKey(object)) && object.kind !== 'column')
      skipped.push(`${describe(object)} is not there`);
  }
  // Whoever is to own something in a schema must be allowed to create there: schemas first.
  const bySchema = (a: AccessStatement, b: AccessStatement): number =>
    Number(b.what.startsWith('schema ')) - Number(a.what.startsWith('schema '));
  return { statements: [...grants.sort(bySchema), ...owners.sort(bySchema)], skipped };
}

/** Columns that are to have privileges and have none yet, which nobody finds. */
function bareColumns(recorded: RecordedAccess, found: readonly FoundAccess[]): FoundAccess[] {
  const isThere = new Set(found.map(accessKey));
  const tables = new Map(
    found.filter(({ kind }) => kind === 'table').map((table) => [table.name, table]),
  );
  return recorded.objects.flatMap((object) => {
    const table = tables.get(object.name);
    if (object.kind !== 'column' || !table || isThere.has(accessKey(object))) return [];
    const allPrivileges = ['INSERT', 'REFERENCES', 'SELECT', 'UPDATE'];
    return [
      { ...object, owner: table.owner, hasOwner: false, grants: [], born: [], allPrivileges },
    ];
  });
}

function planGrants(
  object: FoundAccess,
  sourceOwner: string,
  newOwner: string | undefined,
  recorded: readonly AccessGrant[] | null,
  roleOf: RoleFinder,
): AccessPlan {
  const skipped: string[] = [];
  // Until the owner changes, what the new one shall hold is held by the present one.
  const holder = (role: string): string | undefined =>
    role === sourceOwner || (newOwner !== undefined && roleOf(role) === newOwner)
      ? object.owner
      : roleOf(role);
  const wanted = new Map<string | null, Map<string, boolean>>();
  const give = (grantee: string | null, grant: AccessGrant): void => {
    const held = wanted.get(grantee) ?? new Map<string, boolean>();
    for (const privilege of expand(grant.privileges, object.allPrivileges)) {
      if (object.allPrivileges.includes(privilege))
        held.set(privilege, (held.get(privilege) ?? false) || grant.grantable);
      else skipped.push(`${describe(object)}: this server knows no privilege ${privilege}`);
    }
    wanted.set(grantee, held);
  };
  for (const grant of recorded ?? object.born) {
    const grantee =
      recorded === null || grant.grantee === null ? grant.grantee : holder(grant.grantee);
    if (grantee === undefined)
      skipped.push(
        `${describe(object)}: ${grant.privileges.join(', ')} for ${grant.grantee}, who is missing`,
      );
    else give(grantee, grant);
  }
  return { statements: differences(object, wanted), skipped };
}

/** What has to be granted and revoked. An owner's own option to grant goes without saying. */
function differences(
  object: FoundAccess,
  wanted: ReadonlyMap<string | null, ReadonlyMap<string, boolean>>,
): AccessStatement[] {
  const held = new Map<string | null, Map<string, boolean>>();
  for (const { grantee, privileges, grantable } of object.grants) {
    const of = held.get(grantee) ?? new Map<string, boolean>();
    for (const privilege of expand(privileges, object.allPrivileges))
      of.set(privilege, (of.get(privilege) ?? false) || grantable);
    held.set(grantee, of);
  }
  const statements: AccessStatement[] = [];
  for (const grantee of new Set([...held.keys(), ...wanted.keys()])) {
    const now = held.get(grantee) ?? new Map<string, boolean>();
    const then = wanted.get(grantee) ?? new Map<string, boolean>();
    const isOwner = grantee === object.owner;
    const add = (verb: string, privileges: readonly string[], tail = ''): void => {
      if (privileges.length > 0)
        statements.push(grantStatement(object, verb, privileges, grantee, tail));
    };
    add(
      'REVOKE',
      [...now.keys()].filter((privilege) => !then.has(privilege)),
    );
    add(
      'REVOKE GRANT OPTION FOR',
      isOwner
        ? []
        : [...now].filter(([p, option]) => option && then.get(p) === false).map(([p]) => p),
    );
    add(
      'GRANT',
      [...then].filter(([p, option]) => (!option || isOwner) && !now.has(p)).map(([p]) => p),
    );
    add(
      'GRANT',
      isOwner ? [] : [...then].filter(([p, option]) => option && !now.get(p)).map(([p]) => p),
      ' WITH GRANT OPTION',
    );
  }
  return statements;
}

function expand(privileges: readonly string[], all: readonly string[]): readonly string[] {
  return privileges[0] === 'ALL' ? all : privileges;
}

function grantStatement(
  object: FoundAccess,
  verb: string,
  privileges: readonly string[],
  grantee: string | null,
  tail: string,
): AccessStatement {
  const what = privileges
    .map((privilege) => (object.column === null ? privilege : `${privilege} (${object.column})`))
    .join(', ');
  const on = object.kind === 'column' ? 'table' : (GRANT_KINDS[object.kind] ?? object.kind);
  const direction = verb.startsWith('REVOKE') ? 'FROM' : 'TO';
  const role = grantee === null ? 'PUBLIC' : quoteIdent(grantee);
  return {
    sql: `${verb} ${what} ON ${on.toUpperCase()} ${object.name} ${direction} ${role}${tail}`,
    what: `${describe(object)}: ${verb.toLowerCase()} ${privileges.join(', ')} ${direction.toLowerCase()} ${grantee ?? 'everybody'}`,
  };
}

function ownerStatement(object: FoundAccess, owner: string): AccessStatement {
  const kind = object.kind === 'foreign server' ? 'server' : object.kind;
  return {
    sql: `ALTER ${kind.toUpperCase()} ${object.name} OWNER TO ${quoteIdent(owner)}`,
    what: `${describe(object)}: owner ${owner}`,
  };
}

/** Kinds that GRANT names differently than ALTER. */
const GRANT_KINDS: Readonly<Record<string, string>> = { domain: 'type' };

/** An object in words. */
function describe({ kind, name, column }: Omit<ObjectAccess, 'owner' | 'grants'>): string {
  return column === null ? `${kind} ${name}` : `column ${name}.${column}`;
}
