import { primaryKeyOf, qualifiedName, quoteIdent, type Relation } from '@tothub/db-catalog';

/** How the rows of one table are read on both sides, so that they can be merged. */
export interface TableComparison {
  readonly keyColumns: readonly string[];
  /** Columns besides the key, in the order of both queries. */
  readonly valueColumns: readonly string[];
  readonly beforeQuery: string;
  /** Null when the table, or a column of its key, is gone. */
  readonly afterQuery: string | null;
}

/**
 * Plans the comparison by primary key; without one, all columns are the key, so that rows are compared as
 * a multiset.
 */
export function planComparison(before: Relation, after: Relation | undefined): TableComparison {
  const columns = before.columns.map((column) => column.name);
  const keyColumns = primaryKeyOf(before) ?? columns;
  const valueColumns = columns.filter((column) => !keyColumns.includes(column));
  const existing = new Set(after?.columns.map((column) => column.name));
  const isComparable = after !== undefined && keyColumns.every((column) => existing.has(column));
  return {
    keyColumns,
    valueColumns,
    beforeQuery: query(before, keyColumns, valueColumns.map(asText)),
    afterQuery: isComparable
      ? query(
          after,
          keyColumns,
          valueColumns.map((column) => (existing.has(column) ? asText(column) : 'NULL')),
        )
      : null,
  };
}

/** Cast, so that the sort and the comparison see one and the same text, and a caller what SQL would give it. */
const asText = (column: string): string => `${quoteIdent(column)}::text`;

function query(
  relation: Relation,
  keyColumns: readonly string[],
  values: readonly string[],
): string {
  const keys = keyColumns.map(asText);
  const order = keys.map((key) => `${key} COLLATE "C" NULLS FIRST`);
  const only = relation.kind === 'table' ? 'ONLY ' : '';
  return [
    `SELECT ${[...keys, ...values].join(', ')} FROM ${only}${qualifiedName(relation)}`,
    order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '',
  ].join('');
}
