import { type FragmentSqlToken, sql as slonik, type ValueExpression } from 'slonik';

/** A piece of SQL with its values kept apart, as `sql` makes it. */
export type SqlFragment = FragmentSqlToken;

function fragment(parts: TemplateStringsArray, ...values: readonly ValueExpression[]): SqlFragment {
  return slonik.fragment(parts, ...values);
}

/** The tag `sql` and what it carries. */
export interface Sql {
  (parts: TemplateStringsArray, ...values: readonly ValueExpression[]): SqlFragment;
  /** Conditions joined by AND; null, undefined and false drop out; none is TRUE. */
  readonly and: typeof slonik.and;
  /** Conditions joined by OR; null, undefined and false drop out; none is FALSE. */
  readonly or: typeof slonik.or;
  readonly join: typeof slonik.join;
  readonly identifier: typeof slonik.identifier;
  /** `sql.array(ids, 'text')` → `$1::text[]` */
  readonly array: typeof slonik.array;
  readonly jsonb: typeof slonik.jsonb;
  /** An instant for a `timestamp` column, in UTC: `$1::timestamp`. */
  timestamp(instant: Date): SqlFragment;
  timestamptz(instant: Date): SqlFragment;
  /** A day `YYYY-MM-DD`: `$1::date`. */
  date(day: string): SqlFragment;
}

/**
 * The SQL of a query, or a piece of one. Values become parameters, never text.
 *
 * @example
 * sql`SELECT id FROM public.children WHERE id = ${id}`
 * // SELECT id FROM public.children WHERE id = $1
 */
export const sql: Sql = Object.assign(fragment, {
  and: slonik.and,
  or: slonik.or,
  join: slonik.join,
  identifier: slonik.identifier,
  array: slonik.array,
  jsonb: slonik.jsonb,
  timestamp: (instant: Date): SqlFragment => fragment`${instant.toISOString()}::timestamp`,
  timestamptz: (instant: Date): SqlFragment => fragment`${instant.toISOString()}::timestamptz`,
  date: (day: string): SqlFragment => fragment`${day}::date`,
});
