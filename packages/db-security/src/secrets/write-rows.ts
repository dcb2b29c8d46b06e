import { quoteIdent } from '@tothub/db-catalog';
import type { TransactionalClient } from '../session.ts';
import type { SecretRow } from './read-batches.ts';
import { rowSet } from './row-set.ts';
import { keyEquals, type SecretTable } from './secret-table.ts';

/** A row and what is to be written into each of the columns. */
export interface RowWrite {
  readonly row: SecretRow;
  readonly values: readonly (string | null)[];
}

/**
 * Writes columns of many rows in one statement, each only if its row has not changed since it was read.
 * Gives how many were written.
 *
 * @example
 * ```sql
 * UPDATE public.credentials AS t SET pin_hash = CAST(v.n0 AS text)
 * FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS v(k0, version, n0, n)
 * WHERE t.id = CAST(v.k0 AS bigint) AND t.xmin::text = v.version
 * RETURNING v.n
 * ```
 */
export async function writeRows(
  client: TransactionalClient,
  table: SecretTable,
  columns: readonly string[],
  writes: readonly RowWrite[],
): Promise<number> {
  if (writes.length === 0) return 0;
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
  const { rows } = await client.query(
    `UPDATE ${table.sql} AS t SET ${assignments.join(', ')} FROM ${set.sql}
     WHERE ${keyEquals(table, 't', 'v')} AND t.xmin::text = v.version RETURNING v.n`,
    [...set.values],
  );
  return rows.length;
}

/** Locks the rows that have not changed since they were read, and gives those. */
export async function lockUnchanged(
  client: TransactionalClient,
  table: SecretTable,
  writes: readonly RowWrite[],
): Promise<RowWrite[]> {
  const set = rowSet(
    table,
    writes.map((each) => each.row),
  );
  const { rows } = await client.query(
    `SELECT v.n::int AS n FROM ${table.sql} AS t JOIN ${set.sql} ON ${keyEquals(table, 't', 'v')}
     WHERE t.xmin::text = v.version ORDER BY v.n FOR UPDATE OF t`,
    [...set.values],
  );
  return (rows as { n: number }[]).map(({ n }) => writes[n - 1] as RowWrite);
}
