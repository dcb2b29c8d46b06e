import { type SqlFragment, sql } from './sql.ts';

/**
 * An instant that may be missing, for a `timestamp`, in UTC; null and undefined are NULL of that type.
 *
 * @example
 * sql`SELECT coalesce(${timestampOrNull(input.at)}, now() AT TIME ZONE 'UTC')`
 * // SELECT coalesce($1::timestamp, now() AT TIME ZONE 'UTC')
 */
export function timestampOrNull(instant: Date | null | undefined): SqlFragment {
  return sql`${instant?.toISOString() ?? null}::timestamp`;
}
