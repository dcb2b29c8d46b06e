/** Reads rows in keyset pages, so that memory and locks stay small whatever the size of the table and its values. */

import type { Queryable, RelationName } from '@tothub/db-catalog';
import { qualifiedName, quoteIdent } from '@tothub/db-catalog';
import { type KeyedTable, keyAfter, keyAliases, keyEquals } from './keyed-table.ts';
import { rowSet } from './row-set.ts';

/** Which columns of which rows are read. */
export interface RowSelection {
  /** The column that is read as `old`. */
  readonly column: string;
  /** The columns that are read as `targets`. */
  readonly targets: readonly string[];
  /** Only rows whose column has this text value. */
  readonly when?: { readonly column: string; readonly equals: string } | undefined;
  /** Only rows of `t` for which this SQL condition holds. */
  readonly condition?: string | undefined;
  /** A function of one text: `targets` is what it makes of `old`, and only rows are read that it would change. */
  readonly reduceWith?: RelationName | undefined;
}

/** A row: its key, the old value, and what was made of it. */
export interface ColumnRow {
  /** Key: column name to text value. */
  readonly key: Readonly<Record<string, string>>;
  readonly keyTexts: readonly string[];
  readonly old: string | null;
  /** What stands in the targets. */
  readonly targets: readonly (string | null)[];
  /** The row's xmin. It changes with every update, and unlike the old value it can be sent to the server again. */
  readonly version: string;
}

/** What the texts of one page may have together, but for a single row that has more. */
const PAGE_BYTES = 16 * 1024 * 1024;

/**
 * Reads all rows of a selection in key order, up to `size` at a time and fewer where values are large.
 * The server knows the length of a value without reading it, so that a page costs no more than what it gives.
 */
export async function* readRows(
  db: Queryable,
  table: KeyedTable,
  selection: RowSelection,
  size: number,
): AsyncGenerator<ColumnRow[]> {
  const keys = table.key.map((column) => `t.${quoteIdent(column.name)}`);
  const { selected, lengths, from, conditions, values } = partsOf(table, selection);
  let after: readonly string[] = [];
  while (true) {
    const bounds = after.map((_, i) => `$${values.length + i + 1}::text`);
    const where = [...conditions, ...(after.length === 0 ? [] : [keyAfter(table, 't', bounds)])];
    const { rows } = await db.query(
      `SELECT * FROM (
         SELECT ${selected}, sum(${lengths}) OVER page AS bytes, row_number() OVER page AS position
         FROM ${from}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}
         WINDOW page AS (ORDER BY ${keys.join(', ')} ROWS UNBOUNDED PRECEDING)
         ORDER BY ${keys.join(', ')} LIMIT ${size}
       ) AS page WHERE bytes <= ${PAGE_BYTES} OR position = 1 ORDER BY position`,
      [...values, ...after],
    );
    if (rows.length === 0) return;
    const page = rows.map((row) => toRow(row, table));
    yield page;
    after = (page.at(-1) as ColumnRow).keyTexts;
  }
}

/** Reads rows that were read before as they are now. Those that are gone, or not in the selection any more, are left out. */
export async function readAgain(
  db: Queryable,
  table: KeyedTable,
  selection: RowSelection,
  earlier: readonly ColumnRow[],
): Promise<ColumnRow[]> {
  const set = rowSet(table, earlier);
  const { selected, from, conditions, values } = partsOf(table, selection, set.values.length);
  const matches = [keyEquals(table, 't', 'v'), ...conditions].join(' AND ');
  const { rows } = await db.query(`SELECT ${selected} FROM ${from} JOIN ${set.sql} ON ${matches}`, [
    ...set.values,
    ...values,
  ]);
  return rows.map((row) => toRow(row, table));
}

/** What every reading statement has in common; its parameters begin after `offset`. */
function partsOf(table: KeyedTable, selection: RowSelection, offset = 0) {
  const old = `t.${quoteIdent(selection.column)}::text`;
  const values: string[] = [];
  const conditions: string[] = [];
  let from = `${table.sql} AS t`;
  let targets = selection.targets.map((name) => `t.${quoteIdent(name)}::text`);
  if (selection.reduceWith !== undefined) {
    // OFFSET 0 keeps the planner from merging the sub-select, which would call the function twice a row.
    from += ` CROSS JOIN LATERAL (SELECT ${qualifiedName(selection.reduceWith)}(${old}) AS text OFFSET 0) AS reduced`;
    targets = ['reduced.text'];
    conditions.push(`reduced.text IS DISTINCT FROM ${old}`);
  }
  if (selection.condition !== undefined) conditions.push(`(${selection.condition})`);
  if (selection.when !== undefined) {
    values.push(selection.when.equals);
    conditions.push(`t.${quoteIdent(selection.when.column)}::text = $${offset + values.length}`);
  }
  const selected = [
    ...table.key.map((column, i) => `t.${quoteIdent(column.name)}::text AS k${i}`),
    `${old} AS old`,
    ...targets.map((target, i) => `${target} AS t${i}`),
    't.xmin::text AS version',
  ].join(', ');
  const lengths = [old, ...targets].map((text) => `coalesce(octet_length(${text}), 0)`).join(' + ');
  return { selected, lengths, from, conditions, values };
}

/** A row as the statements above select it. */
function toRow(row: Record<string, string | null>, table: KeyedTable): ColumnRow {
  const keyTexts = keyAliases(table).map((alias) => row[alias] as string);
  return {
    key: Object.fromEntries(table.key.map((column, i) => [column.name, keyTexts[i] as string])),
    keyTexts,
    old: row.old ?? null,
    targets: Object.keys(row)
      .filter((alias) => /^t\d+$/.test(alias))
      .map((alias) => row[alias] ?? null),
    version: row.version as string,
  };
}
