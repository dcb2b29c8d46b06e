/** What is wrong with the log itself: its guards, its functions, their owner, its partitions. */
import { type Queryable, quoteIdent } from '@tothub/db-catalog';
import { installSteps } from '../install-audit.ts';
import { guards } from '../recording/log-tables.ts';
import { writerRole } from '../recording/writer.ts';

interface LogRow {
  readonly writer: string | null;
  /** By name: the bodies of the functions in the schema. */
  readonly bodies: Readonly<Record<string, string>>;
  /** Of the log and its partitions, the guards that stand as they should. */
  readonly guards: readonly { readonly name: string; readonly standing: readonly string[] }[];
  readonly members: readonly string[];
  /** Functions that everybody may call. */
  readonly open: readonly string[];
  readonly subscriptions: number;
  /** Whether who asks may read the log, and call the functions that tell what should be installed. */
  readonly mayRead: boolean;
  readonly mayCheck: boolean;
}

/** Undefined where no log is installed. `isReadable` is false where functions are missing that reading needs. */
export async function logProblems(
  db: Queryable,
  schema: string,
): Promise<
  | {
      isReadable: boolean;
      mayCheck: boolean;
      found: { problems: readonly string[]; limits: readonly string[] };
    }
  | undefined
> {
  const { rows } = await db.query(LOG, [schema]);
  const log = rows[0] as LogRow | undefined;
  if (log === undefined) return undefined;
  const expected = functionBodies(schema);
  const missing = [...expected].filter(([name]) => log.bodies[name] === undefined);
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(', ');
    return {
      isReadable: false,
      mayCheck: false,
      found: { problems: [`functions are missing: ${names}; install the audit again`], limits: [] },
    };
  }
  const problems = [
    ...log.guards.flatMap(({ name, standing }) =>
      guards
        .filter(([guard]) => !standing.includes(guard))
        .map(
          ([guard]) => `the trigger ${guard} of ${name} is missing, changed or not enabled always`,
        ),
    ),
    ...[...expected]
      .filter(([name, body]) => log.bodies[name] !== body)
      .map(([name]) => `the function ${name} is not the one that this version installs`),
    ...log.members.map(
      (member) => `the role ${member} can become ${log.writer}, and so write to the log`,
    ),
  ];
  const byDefault = `SELECT FROM ${quoteIdent(schema)}.log_default LIMIT 1`;
  if (log.mayRead && (await db.query(byDefault)).rows.length > 0) {
    problems.push(
      'the default partition holds entries; maintain the audit to give them their month',
    );
  }
  if (log.open.length > 0) {
    problems.push(
      `everybody may call ${log.open.join(', ')}, as after a restore without privileges; install the audit again`,
    );
  }
  const limits: string[] = [];
  if (log.writer !== writerRole(schema)) {
    limits.push(
      `the recording functions belong to ${log.writer}, who could write to the log, for want of a role ${writerRole(schema)}`,
    );
  }
  if (log.subscriptions > 0) {
    limits.push(
      'rows that subscriptions of this database apply fire no statement triggers, and are not recorded',
    );
  }
  if (!log.mayRead || !log.mayCheck) {
    limits.push(
      'this role may not read the log and call its functions, so not everything was checked',
    );
  }
  return { isReadable: true, mayCheck: log.mayCheck, found: { problems, limits } };
}

/** By name, the bodies of the functions as this version installs them. */
function functionBodies(schema: string): Map<string, string> {
  const begin = `CREATE OR REPLACE FUNCTION ${quoteIdent(schema)}.`;
  return new Map(
    installSteps(schema).flatMap((step) => {
      if (!step.startsWith(begin)) return [];
      const name = /^\w+/.exec(step.slice(begin.length))?.[0] ?? '';
      const open = / AS (?: ?(E?)'|(\$\w*\$))/.exec(step);
      if (open === null) return [];
      const [before, escaped, dollar] = open;
      const rest = step.slice(open.index + before.length);
      if (dollar !== undefined) return [[name, rest.slice(0, rest.lastIndexOf(dollar))] as const];
      const body = rest.slice(0, -1).replaceAll("''", "'");
      return [[name, escaped === 'E' ? body.replaceAll('\\\\', '\\') : body] as const];
    }),
  );
}

const LOG = `
SELECT pg_catalog.pg_get_userbyid(w.proowner) AS writer,
  (SELECT pg_catalog.jsonb_object_agg(p.proname, p.prosrc) FROM pg_catalog.pg_proc AS p
   WHERE p.pronamespace = n.oid AND p.proname NOT LIKE 'record\\_%\\_%') AS bodies,
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', m.relname, 'standing', coalesce((
      SELECT pg_catalog.jsonb_agg(t.tgname) FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
      WHERE t.tgrelid = m.oid AND t.tgenabled = 'A' AND p.proname = 'guard_log' AND p.pronamespace = n.oid
        AND t.tgtype = CASE t.tgname WHEN 'guard_insert' THEN 6 WHEN 'guard_delete' THEN 10 WHEN 'guard_update' THEN 18 ELSE 34 END
        AND CASE WHEN t.tgname = 'guard_insert' AND t.tgqual IS NOT NULL
          THEN pg_catalog.pg_get_triggerdef(t.oid) LIKE '%WHEN ((CURRENT_USER <> ' || pg_catalog.quote_literal(pg_catalog.pg_get_userbyid(w.proowner)) || '::name))%'
          ELSE t.tgqual IS NULL END), '[]')) ORDER BY m.relname)
   FROM pg_catalog.pg_partition_tree(c.oid) AS tree JOIN pg_catalog.pg_class AS m ON m.oid = tree.relid) AS guards,
  (SELECT coalesce(pg_catalog.jsonb_agg(DISTINCT pg_catalog.pg_get_userbyid(a.member)), '[]') FROM pg_catalog.pg_auth_members AS a
   WHERE a.roleid = w.proowner AND w.proowner <> c.relowner
     AND (coalesce((pg_catalog.to_jsonb(a) ->> 'set_option')::boolean, true) OR coalesce((pg_catalog.to_jsonb(a) ->> 'inherit_option')::boolean, true))) AS members,
  (SELECT coalesce(pg_catalog.jsonb_agg(p.proname ORDER BY p.proname), '[]') FROM pg_catalog.pg_proc AS p
   WHERE p.pronamespace = n.oid AND p.prosecdef AND pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE')) AS open,
  (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_subscription AS s
   WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())) AS subscriptions,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege((
    SELECT d.oid FROM pg_catalog.pg_class AS d WHERE d.relnamespace = n.oid AND d.relname = 'log_default'), 'SELECT') AS "mayRead",
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = n.oid AND p.proname IN ('recording_function', 'recording_statement', 'signature_of') AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) AS "mayCheck"
FROM pg_catalog.pg_namespace AS n
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'log'
LEFT JOIN pg_catalog.pg_proc AS w ON w.pronamespace = n.oid AND w.proname = 'write_note'
WHERE n.nspname = $1`;
