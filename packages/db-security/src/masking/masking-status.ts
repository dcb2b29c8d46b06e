import { qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { withoutValues } from '../errors.ts';
import { SALT_TABLE } from './mask-expression.ts';
import {
  gainedColumns,
  type MaskingOptions,
  type MaskingPlan,
  markOf,
  type PlannedView,
  planViews,
} from './plan-views.ts';
import type { Reader } from './read-maskable.ts';

/** How one view stands to what is asked. */
export interface MaskingViewStatus extends RelationName {
  /** What it masks. */
  readonly table: RelationName;
  /** Empty when the view is as it should be. */
  readonly problems: readonly string[];
  /** Columns that the table has gained since, that are not named, and that the view does not show. */
  readonly addedColumns: readonly string[];
}

/** How the views of a schema stand to what is asked. */
export interface MaskingStatus {
  readonly views: readonly MaskingViewStatus[];
  /** Masking views in the schema that are not asked for any more. */
  readonly others: readonly RelationName[];
  /** Ways around the views: readers who can read a table itself, or put objects beside the views, or know the salt. */
  readonly bypasses: readonly string[];
  /** Whether there is nothing to do: no problem, no bypass, no other view. */
  readonly ok: boolean;
}

/**
 * Compares the views in the database with what {@link createMaskingViews} would make: views that are missing, were
 * altered by hand, or fit the options no more; columns that tables have gained; privileges that are missing, or that
 * others hold; readers who can read the tables themselves. Reads only.
 *
 * @throws {TreatmentError} when a table, column or role does not exist, or a mask does not fit any more.
 * @throws {StatementError} when PostgreSQL refuses a statement.
 */
export async function maskingStatus(options: MaskingOptions): Promise<MaskingStatus> {
  try {
    return statusOf(options, await planViews(options));
  } catch (error) {
    throw withoutValues(error, `Reading the masking views in ${quoteIdent(options.schema)}`);
  }
}

/** The status of planned views. */
export function statusOf({ schema }: MaskingOptions, plan: MaskingPlan): MaskingStatus {
  const { readers, existing } = plan;
  const views = plan.views.map((view) => ({
    schema,
    name: view.name,
    table: view.asked.table,
    problems: problemsOf(view, readers),
    addedColumns: gainedColumns(view),
  }));
  const others = existing
    .filter((view) => markOf(view) !== undefined && views.every(({ name }) => name !== view.name))
    .map(({ name }) => ({ schema, name }));
  const bypasses = [
    ...plan.views.flatMap(({ table, asked }) =>
      readers
        .filter(({ reads }) => reads.includes(table.oid))
        .map(({ name }) => `${quoteIdent(name)} can read ${qualifiedName(asked.table)} itself`),
    ),
    ...readers
      .filter(({ createsInSchema }) => createsInSchema)
      .map(({ name }) => `${quoteIdent(name)} can make objects in ${quoteIdent(schema)}`),
    ...saltGrants(plan).map((role) => `${role} has rights on the salt of the hashes`),
  ];
  const ok = [...views.map(({ problems }) => problems), others, bypasses].every(
    ({ length }) => length === 0,
  );
  return { views, others, bypasses, ok };
}

/** Roles other than the owner with a privilege on the salt. */
export function saltGrants({ existing }: MaskingPlan): string[] {
  const grants = existing.find(({ name }) => name === SALT_TABLE)?.grants ?? [];
  return [...new Set(grants.map(({ role }) => (role === 'PUBLIC' ? role : quoteIdent(role))))];
}

/** What is wrong with a view, in sentences. */
export function problemsOf(view: PlannedView, readers: readonly Reader[]): string[] {
  const { existing, fingerprint, table } = view;
  if (existing === undefined) return ['does not exist'];
  const mark = markOf(existing);
  if (mark === undefined) return ['is no masking view'];
  const problems: string[] = [];
  if (mark.fingerprint !== fingerprint) problems.push('does not show what is asked for now');
  if (mark.stored !== existing.stored) problems.push('was altered since it was made');
  if (!existing.isBarrier) problems.push('is no security barrier any more');
  if (existing.isInvoker) problems.push("reads with its reader's rights");
  if (mark.lastColumn !== table.columns.at(-1)?.number) {
    problems.push('is older than the columns of its table');
  }
  for (const { name, usesSchema } of readers) {
    const isGranted = existing.grants.some(
      ({ role, privilege }) => role === name && privilege === 'SELECT',
    );
    if (!(isGranted || name === existing.owner) || !usesSchema)
      problems.push(`${quoteIdent(name)} may not read it`);
  }
  for (const { role, privilege } of existing.grants) {
    if (privilege !== 'SELECT' || !readers.some(({ name }) => name === role)) {
      problems.push(`${role === 'PUBLIC' ? role : quoteIdent(role)} has ${privilege} on it`);
    }
  }
  return problems;
}
