/** Changes to some columns of a row. A key that is absent or undefined leaves its column alone, null clears it. */
import { z } from 'zod';
import { type SqlFragment, sql } from './sql.ts';

/** What a patch may set a column to. A Date is stored as a `timestamp` in UTC, an array as `text[]`. */
export type PatchValue = string | number | boolean | Date | readonly string[] | null;

/** Schema of a patch: these keys and no other, each optional, at least one of them there. */
export function patch<const S extends z.ZodRawShape>(shape: S) {
  return z
    .strictObject(shape)
    .partial()
    .refine((value) => Object.values(value).some((member) => member !== undefined), {
      message: 'names no column to change',
    });
}

/**
 * The SET list of a patch. Columns are named by the query, never by the caller.
 *
 * @example
 * assignments({ title: 'title', dueDate: 'due_date' }, { dueDate: null })
 * // "due_date" = $1
 */
export function assignments<const K extends string>(
  columns: Readonly<Record<K, string>>,
  values: { readonly [key in K]?: PatchValue | undefined },
): SqlFragment {
  const set: SqlFragment[] = [];
  for (const key of Object.keys(columns) as K[]) {
    const value = values[key];
    if (value !== undefined) {
      set.push(sql`${sql.identifier([columns[key]])} = ${bound(value)}`);
    }
  }
  return sql`${sql.join(set, sql`, `)}`;
}

/** A value as a parameter of its column. */
export function bound(value: PatchValue) {
  if (value instanceof Date) return sql.timestamp(value);
  return isList(value) ? sql.array(value, 'text') : value;
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: PatchValue): value is readonly string[] {
  return Array.isArray(value);
}
