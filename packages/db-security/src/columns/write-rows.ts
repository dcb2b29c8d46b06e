import { quoteIdent } from '@tothub/db-catalog';
import { TreatmentError } from '../errors.ts';
import type { TransactionalClient } from '../session.ts';
import { type KeyedTable, keyEquals } from './keyed-table.ts';
import type { ColumnRow, RowSelection } from './read-rows.ts';
import { rowSet } from './row-set.ts';

/** A row and what is to be written into each of the columns. */
export interface RowWrite {
  readonly row: ColumnRow;
  readonly values: readonly (string | null)[];
}

/**
 * Writes columns of many rows in one statement, each only if its row has not changed since it was read.
 * Gives those that were written. With `exactly`, a trigger that made something else of a value is an error.
 *
 * @throws {TreatmentError} when the database stored something else, with `exactly`.
 *
 * @example
 * ```sql
 * UPDATE public.credentials AS t SET pin_hash = CAST(v.n0 AS text)
 * FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS v(k0, version, n0, n)
 * WHERE t.id OPERATOR(pg_catalog.=) CAST(v.k0 AS bigint) AND t.xmin::text = v.version
 * RETURNING v.n
 * ```
 */
export async function writeRows(
  client: TransactionalClient,
  table: KeyedTable,
  columns: readonly string[],
  writes: readonly RowWrite[],
  { exactly = false }: { readonly exactly?: boolean } = {},
): Promise<RowWrite[]> {
  if (writes.length === 0) return [];
  const texts = Object.fromEntries(
    columns.map((_, i) => [`n${i}`, writes.map((each) => each.values[i] ?? null)]),
  );
  const set = rowSet(
    table,
    writes.map((each) => each.row),
    texts,
  );
  const assignments = columns.map(
    (name, i) => `${quoteIdent(name)} = CAST(v.n${i} AS ${table.column(name).type})`,
  );
  const isExact = columns.map(
    (name, i) => `t.${quoteIdent(name)}::text COLLATE "C" IS NOT DISTINCT FROM v.n${i}`,
  );
  const { rows } = await client.query(
    `UPDATE ${table.sql} AS t SET ${assignments.join(', ')} FROM ${set.sql}
     WHERE ${keyEquals(table, 't', 'v')} AND t.xmin::text = v.version
     RETURNING v.n::int AS n${exactly ? `, ${isExact.join(' AND ')} AS "isExact"` : ''}`,
    [...set.values],
  );
  if (exactly && rows.some((row) => row.isExact !== true)) {
    throw new TreatmentError(
      `The table ${table.relation.schema}.${table.relation.name} stored something else than it was given, which a trigger must have made of it. Nothing of this step was kept; disable that trigger first.`,
    );
  }
  return (rows as { n: number }[]).map(({ n }) => writes[n - 1] as RowWrite);
}

/**
 * Locks rows and gives those whose old value and targets are what they were when read, whatever else of the row has
 * changed since. The values are compared here, under the lock: they are not sent to the server.
 * With `skipLocked`, rows that somebody else holds are left out instead of being waited for.
 */
export async function lockUnchanged(
  client: TransactionalClient,
  table: KeyedTable,
  selection: RowSelection,
  writes: readonly RowWrite[],
  { skipLocked = false }: { readonly skipLocked?: boolean } = {},
): Promise<RowWrite[]> {
  // What a function made of the old value follows from it.
  const targets = selection.reduceWith === undefined ? selection.targets : [];
  const texts = [selection.column, ...targets].map(
    (name, i) => `t.${quoteIdent(name)}::text AS c${i}`,
  );
  const set = rowSet(
    table,
    writes.map((each) => each.row),
  );
  const { rows } = await client.query(
    `SELECT v.n::int AS n, t.xmin::text AS version, ${texts.join(', ')}
     FROM ${table.sql} AS t JOIN ${set.sql} ON ${keyEquals(table, 't', 'v')}
     ORDER BY v.n FOR NO KEY UPDATE OF t${skipLocked ? ' SKIP LOCKED' : ''}`,
    [...set.values],
  );
  return (rows as Record<string, string | null>[]).flatMap((found) => {
    const write = writes[Number(found.n) - 1] as RowWrite;
    const { old, targets: read } = write.row;
    const isUnchanged = found.c0 === old && targets.every((_, i) => found[`c${i + 1}`] === read[i]);
    return isUnchanged
      ? [{ ...write, row: { ...write.row, version: found.version as string } }]
      : [];
  });
}
