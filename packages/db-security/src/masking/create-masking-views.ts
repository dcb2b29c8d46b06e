import { createHash } from 'node:crypto';
import { qualifiedName, quoteIdent, quoteLiteral, type RelationName } from '@tothub/db-catalog';
import { TreatmentError, withoutValues } from '../errors.ts';
import { givingWay } from '../giving-way.ts';
import { saltTable } from './mask-expression.ts';
import { type MaskingStatus, problemsOf, saltGrants, statusOf } from './masking-status.ts';
import {
  gainedColumns,
  type MaskingOptions,
  type MaskingPlan,
  markOf,
  type PlannedView,
  planViews,
} from './plan-views.ts';
import { STORED_DEFINITION } from './read-maskable.ts';

/** What {@link createMaskingViews} is told. */
export interface CreateMaskingOptions extends MaskingOptions {
  /** Checks everything and says what would be made, and changes nothing. @default false */
  readonly dryRun?: boolean | undefined;
}

/** What {@link createMaskingViews} did. */
export interface MaskingResult {
  /** Views that were made or made anew, or in a dry run would be. */
  readonly changed: readonly RelationName[];
  readonly unchanged: readonly RelationName[];
  /** How things are afterwards. */
  readonly status: MaskingStatus;
}

/**
 * Makes the views that analysts read instead of the tables, all of them or, when anything is refused, none. The views
 * name their columns one by one, so what a table gains later is in none of them; they are security barriers, so a
 * function in a reader's query never sees a row that the view leaves out; they read with their owner's rights, so that
 * readers need none on the tables; and no expression in them can be taken over through a search path. Nobody but their
 * owner and `grantTo` keeps a privilege on them. What is right already is left alone.
 *
 * A view keeps its columns' types from being altered: {@link dropMaskingViews} before such a migration.
 *
 * @throws {TreatmentError} when a table, column or role does not exist, a mask does not fit, a table has row security, a
 * name is taken by something else, an unnamed column was gained by a table whose unnamed columns pass, or others depend on a view that must be replaced.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 *
 * @example
 * ```ts
 * await createMaskingViews({
 *   db,
 *   schema: 'masked',
 *   tables: [{
 *     table: { schema: 'public', name: 'staff' },
 *     columns: { id: 'pass', email: 'email-domain', account: { last: 4 }, born: 'year' },
 *     unnamed: 'omit',
 *   }],
 *   grantTo: ['analyst'],
 * });
 * // CREATE OR REPLACE VIEW masked.staff WITH (security_barrier = true, security_invoker = false) AS
 * // SELECT t.id AS id, pg_catalog.lower(…) AS email, … FROM public.staff AS t
 * ```
 * See "Rules and Privileges" in the PostgreSQL manual.
 */
export async function createMaskingViews(options: CreateMaskingOptions): Promise<MaskingResult> {
  const { db, schema, dryRun = false } = options;
  const doing = `Making the masking views in ${quoteIdent(schema)}`;
  try {
    const plan = await planViews(options);
    assertAllowed(plan, schema);
    const stale = plan.views.filter((view) => problemsOf(view, plan.readers).length > 0);
    if ((stale.length > 0 || saltGrants(plan).length > 0) && !dryRun) {
      await givingWay(() => db.query(statement(options, plan, stale)));
    }
    const nameOf = ({ name }: PlannedView): RelationName => ({ schema, name });
    return {
      changed: stale.map(nameOf),
      unchanged: plan.views.filter((view) => !stale.includes(view)).map(nameOf),
      status: statusOf(options, dryRun ? plan : await planViews(options)),
    };
  } catch (error) {
    if ((error as { code?: unknown }).code === '2BP01') {
      throw new TreatmentError(
        `${doing} would replace a view that other objects depend on. Drop those first, or leave its columns as they are.`,
        { cause: withoutValues(error, doing) },
      );
    }
    throw withoutValues(error, doing);
  }
}

/** @throws {TreatmentError} for what the catalog allows and masking does not. */
function assertAllowed({ views }: MaskingPlan, schema: string): void {
  for (const view of views) {
    const { asked, table, existing, name } = view;
    const label = qualifiedName(asked.table);
    if (existing !== undefined && markOf(existing) === undefined) {
      throw new TreatmentError(
        `${qualifiedName(schema, name)} exists and is no masking view. Name another schema, or give the view a name of its own.`,
      );
    }
    if (table.hasRowSecurity && asked.ignoreRowSecurity !== true) {
      throw new TreatmentError(
        `The table ${label} has row security, which does not bind the readers of a masking view. Set ignoreRowSecurity if all its rows may be seen.`,
      );
    }
    const gained = asked.unnamed === 'pass' ? gainedColumns(view) : [];
    if (gained.length > 0) {
      throw new TreatmentError(
        `The table ${label} has gained ${gained.map(quoteIdent).join(', ')} since its view was made. Name each with a mask, or with 'pass'.`,
      );
    }
  }
}

/** One DO block, so that it is all or nothing with any driver, and two at once wait for each other. */
function statement(
  { schema, grantTo }: CreateMaskingOptions,
  plan: MaskingPlan,
  stale: readonly PlannedView[],
): string {
  const salt = saltTable(schema);
  const usesSalt = plan.views.some((view) => view.usesSalt) || saltGrants(plan).length > 0;
  const body = `DECLARE
  former text := pg_catalog.current_setting('search_path');
  waited text := pg_catalog.current_setting('lock_timeout');
  grantee text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', '', true), pg_catalog.set_config('lock_timeout', '500ms', true),
    pg_catalog.pg_advisory_xact_lock(${lockOf(schema)});
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(schema)}) THEN
    ${execute(`CREATE SCHEMA ${quoteIdent(schema)}`)}
  END IF;
${
  usesSalt
    ? `  IF pg_catalog.to_regclass(${quoteLiteral(salt)}) IS NULL THEN
    ${execute(`CREATE TABLE ${salt} (is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only), salt bytea NOT NULL)`)}
    ${execute(`INSERT INTO ${salt} (salt) SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))`)}
  END IF;
${revokeAll(salt)}`
    : ''
}${stale.map((view) => viewStatements(schema, view, grantTo)).join('')}
${grantTo.map((role) => `  ${execute(`GRANT USAGE ON SCHEMA ${quoteIdent(schema)} TO ${quoteIdent(role)}`)}`).join('\n')}
  PERFORM pg_catalog.set_config('search_path', former, true), pg_catalog.set_config('lock_timeout', waited, true);
END`;
  return `DO ${quoteLiteral(body)}`;
}

function viewStatements(
  schema: string,
  { name, sql, fingerprint, table }: PlannedView,
  grantTo: readonly string[],
): string {
  const view = qualifiedName(schema, name);
  const create = execute(
    `CREATE OR REPLACE VIEW ${view} WITH (security_barrier = true, security_invoker = false) AS ${sql}`,
  );
  // The hash of the definition goes between the two.
  const comment = [
    `Masks ${qualifiedName(table)} (db-security masking ${fingerprint} `,
    ` ${table.columns.at(-1)?.number ?? 0})`,
  ].map(quoteLiteral);
  return `
  BEGIN
    ${create}
  EXCEPTION WHEN invalid_table_definition THEN
    -- Other columns, or other types: only a new view can have them.
    ${execute(`DROP VIEW ${view}`)}
    ${create}
  END;
  EXECUTE (SELECT ${quoteLiteral(`COMMENT ON VIEW ${view} IS `)} || pg_catalog.quote_literal(${comment.join(` || ${STORED_DEFINITION} || `)})
    FROM pg_catalog.pg_class AS c WHERE c.oid = ${quoteLiteral(view)}::pg_catalog.regclass);
${revokeAll(view)}${grantTo.map((role) => `  ${execute(`GRANT SELECT ON ${view} TO ${quoteIdent(role)}`)}`).join('\n')}
`;
}

/** Takes every privilege from everyone but the owner, also what default privileges have just given. */
function revokeAll(relation: string): string {
  return `  FOR grantee IN
    SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END
    FROM pg_catalog.pg_class AS c,
      LATERAL (SELECT c.relacl AS acl UNION ALL SELECT a.attacl FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid) AS l,
      pg_catalog.aclexplode(l.acl) AS g
    WHERE c.oid = ${quoteLiteral(relation)}::pg_catalog.regclass AND g.grantee <> c.relowner
  LOOP
    EXECUTE ${quoteLiteral(`REVOKE ALL ON ${relation} FROM `)} || grantee || ' CASCADE';
  END LOOP;
`;
}

function execute(sql: string): string {
  return `EXECUTE ${quoteLiteral(sql)};`;
}

/** A number of its own for the views of each schema. */
function lockOf(schema: string): string {
  return createHash('sha256').update(`masking ${schema}`).digest().readBigInt64BE().toString();
}
