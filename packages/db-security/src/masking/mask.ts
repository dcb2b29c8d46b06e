import type { RelationName } from '@tothub/db-catalog';

/**
 * What a masking view shows instead of a column's value. NULL stays NULL, but for a constant.
 *
 * | mask | for | shows |
 * |---|---|---|
 * | `'pass'` | any type | the value |
 * | `'null'` | any type | NULL, of the column's type |
 * | `{ constant }` | any type | the same value in every row |
 * | `'hash'` | text, whole and decimal numbers, uuid, bytea | 64 hexadecimal digits; equal values give equal digits in all views of one schema |
 * | `{ last: 4 }`, `{ first: 2 }` | text | `***` and so many characters, where the text has at least twice as many |
 * | `'initials'` | text | the first letter of each word, as a capital |
 * | `'email-domain'` | text | what follows the last `@`, in small letters; NULL where that is no name of a host |
 * | `'year'` | date, timestamps (UTC), text that begins like `2024-03-01` | the year as integer; NULL for infinity |
 * | `{ band: 10 }` | numbers | the lower end of the band of that width, as numeric |
 * | `{ keepKeys: ['size'] }` | jsonb | the object with these top-level keys alone; NULL for what is no object |
 *
 * A hash has no key of the application's, because a view's definition can be read by everyone, so a key in it would
 * protect nothing; without any, names and dates could be found by hashing guesses. It is salted instead from a table
 * `masking_salt` in the views' schema, which the views' owner alone may read. It tells equal values, and nothing else.
 */
export type Mask =
  | 'pass'
  | 'null'
  | 'hash'
  | 'initials'
  | 'email-domain'
  | 'year'
  | { readonly constant: string }
  | { readonly last: number }
  | { readonly first: number }
  | { readonly band: number }
  | { readonly keepKeys: readonly string[] };

/** A table, and what analysts see of it. */
export interface MaskedTable {
  /** A table, view, materialised view or foreign table. */
  readonly table: RelationName;
  /** Name of the view. @default the table's name */
  readonly view?: string | undefined;
  /** Column name to mask. */
  readonly columns: Readonly<Record<string, Mask>>;
  /**
   * Columns that are not named: left out of the view, which is the safer choice, or shown as they are.
   * A column that the table gains later is in no view either way, until it is named.
   */
  readonly unnamed: 'omit' | 'pass';
  /** Only rows whose column has this text value. The planner's estimates may still hint at how many others there are. */
  readonly when?: { readonly column: string; readonly equals: string } | undefined;
  /**
   * A view reads with its owner's rights, so policies of row security do not bind its readers. Such a table is refused
   * unless this says that all its rows may be seen.
   * @default false
   */
  readonly ignoreRowSecurity?: boolean | undefined;
}
