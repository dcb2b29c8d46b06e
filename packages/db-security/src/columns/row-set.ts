/** Sends the rows of a batch to the server as arrays of texts, one for each column of a derived table. */

import { type KeyedTable, keyAliases } from './keyed-table.ts';
import type { ColumnRow } from './read-rows.ts';

/** A derived table `v` with the key of each row, its version, its position `n` in the batch, and further texts. */
export interface RowSet {
  /** `unnest(…) WITH ORDINALITY AS v(k0, …, version, …, n)`; its parameters are $1, $2, … */
  readonly sql: string;
  readonly values: readonly (readonly (string | null)[])[];
}

/** Builds the derived table; each further column is a list of texts as long as the rows. */
export function rowSet(
  table: KeyedTable,
  rows: readonly ColumnRow[],
  further: Readonly<Record<string, readonly (string | null)[]>> = {},
): RowSet {
  const aliases = keyAliases(table);
  const columns: Record<string, readonly (string | null)[]> = {
    ...Object.fromEntries(
      aliases.map((alias, i) => [alias, rows.map((row) => row.keyTexts[i] as string)]),
    ),
    version: rows.map((row) => row.version),
    ...further,
  };
  const names = Object.keys(columns);
  const arrays = names.map((_, i) => `$${i + 1}::text[]`);
  return {
    sql: `unnest(${arrays.join(', ')}) WITH ORDINALITY AS v(${names.join(', ')}, n)`,
    values: Object.values(columns),
  };
}
