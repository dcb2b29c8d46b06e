import { bound, type PatchValue } from './patch.ts';
import { type SqlFragment, sql } from './sql.ts';

/**
 * Columns and values of a new row, for behind `INSERT INTO`. A key that is absent or undefined leaves its column to
 * the default of the database; null stores NULL. Columns are named by the query, never by the caller.
 *
 * @example
 * insertion({ title: 'title', dueDate: 'due_date' }, { title: 'Fire drill' })
 * // ("title") VALUES ($1)
 */
export function insertion<const K extends string>(
  columns: Readonly<Record<K, string>>,
  values: { readonly [key in K]?: PatchValue | undefined },
): SqlFragment {
  const given = (Object.keys(columns) as K[]).flatMap((key) => {
    const value = values[key];
    return value === undefined ? [] : [{ column: columns[key], value }];
  });
  const names = given.map(({ column }) => sql.identifier([column]));
  const parameters = given.map(({ value }) => bound(value));
  return sql`(${sql.join(names, sql`, `)}) VALUES (${sql.join(parameters, sql`, `)})`;
}
