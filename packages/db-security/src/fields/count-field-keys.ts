import { qualifiedName, quoteIdent, quoteLiteral } from '@tothub/db-catalog';
import type { TransactionalClient } from '../session.ts';
import { type CiphertextColumn, keyIdSql } from './field-column.ts';

/** How many values of a column are under one key. */
export interface FieldKeyCount {
  /** Null for values that are no ciphertext, or no blind index, of this package. */
  readonly keyId: string | null;
  readonly rows: number;
}

/**
 * Counts a column's values by the key that they are under, by what the server sees. `keyId` is the SQL that finds it.
 *
 * @example
 * ```sql
 * SELECT substring(left(t.account_ciphertext::text COLLATE "C", 39) FROM '^enc1b?:([A-Za-z0-9_-]{1,32}):') AS "keyId", count(*)::text AS rows
 * FROM public.staff AS t WHERE t.account_ciphertext IS NOT NULL GROUP BY 1 ORDER BY 1
 * ```
 */
export async function countFieldKeys(
  db: TransactionalClient,
  { table, selection: { column, when } }: Pick<CiphertextColumn, 'table' | 'selection'>,
  keyId: string = keyIdSql(column),
): Promise<FieldKeyCount[]> {
  const condition =
    when === undefined
      ? ''
      : ` AND t.${quoteIdent(when.column)}::text = ${quoteLiteral(when.equals)}`;
  const { rows } = await db.query(
    `SELECT ${keyId} AS "keyId", count(*)::text AS rows
     FROM ${qualifiedName(table)} AS t WHERE t.${quoteIdent(column)} IS NOT NULL${condition} GROUP BY 1 ORDER BY 1`,
  );
  return rows.map((row) => ({ keyId: row.keyId, rows: Number(row.rows) }));
}
