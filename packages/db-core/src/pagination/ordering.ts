import { type SqlFragment, sql } from '../query/sql.ts';
import type { KeysetType } from './column-type.ts';

/** One column of the order of a list. */
export interface KeysetColumn {
  /** The column, or an expression over columns: `` sql`child.last_name` ``. */
  readonly sql: SqlFragment;
  readonly type: KeysetType;
  /** @default 'asc' */
  readonly direction?: 'asc' | 'desc';
  /**
   * Whether the column may be NULL. Must be true unless the column is NOT NULL: rows with a NULL in a column that is
   * said to have none would be missing from every page but the first.
   *
   * @default false
   */
  readonly nullable?: boolean;
  /**
   * Where NULLs stand; only of meaning where `nullable`.
   *
   * @default 'last' for 'asc', 'first' for 'desc': what a plain index of PostgreSQL holds
   */
  readonly nulls?: 'first' | 'last';
}

/** The order of a list, most significant column first. The last column, or all together, must be unique. */
export type Ordering = readonly [KeysetColumn, ...KeysetColumn[]];

/** A column of an order with every default filled in. */
export interface OrderedColumn {
  readonly sql: SqlFragment;
  readonly type: KeysetType;
  readonly descending: boolean;
  /** Null for a column that has no NULLs. */
  readonly nulls: 'first' | 'last' | null;
}

/** Fills in the defaults of an order. */
export function orderedColumns(ordering: Ordering): readonly OrderedColumn[] {
  return ordering.map(({ sql: column, type, direction = 'asc', nullable = false, nulls }) => {
    const descending = direction === 'desc';
    return {
      sql: column,
      type,
      descending,
      nulls: nullable ? (nulls ?? (descending ? 'first' : 'last')) : null,
    };
  });
}

/** The list behind ORDER BY. Says NULLS FIRST or LAST only where it is not what PostgreSQL does anyway. */
export function orderBy(columns: readonly OrderedColumn[]): SqlFragment {
  const terms = columns.map(({ sql: column, descending, nulls }) => {
    const usual = descending ? 'first' : 'last';
    const direction = descending ? sql` DESC` : sql``;
    if (nulls === null || nulls === usual) return sql`${column}${direction}`;
    return nulls === 'first'
      ? sql`${column}${direction} NULLS FIRST`
      : sql`${column}${direction} NULLS LAST`;
  });
  return sql`${sql.join(terms, sql`, `)}`;
}
