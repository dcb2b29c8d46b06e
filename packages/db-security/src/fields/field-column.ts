/** Columns that hold ciphertexts, and how the context of each is told from its row. */
import { quoteIdent, quoteLiteral, type RelationName } from '@tothub/db-catalog';
import type { ColumnRow, RowSelection } from '../columns/read-rows.ts';
import type { FieldContext } from './field-context.ts';

/** A column that `encryptField` or `encryptBytes` filled. */
export interface FieldColumn {
  readonly table: RelationName;
  /** The column with the ciphertexts. */
  readonly column: string;
  /** Only rows whose column has this text value, where one column has several logical names. */
  readonly when?: { readonly column: string; readonly equals: string } | undefined;
  /**
   * The names that the values are bound to.
   * @default the table's name without its schema, and the column
   */
  readonly logicalName?: { readonly table: string; readonly column: string } | undefined;
}

/** A column of ciphertexts whose contexts can be told. */
export interface CiphertextColumn {
  readonly table: RelationName;
  readonly selection: RowSelection;
  contextOf(row: ColumnRow): FieldContext;
}

/** The usual kind: one logical name, and the row's primary key. */
export function ciphertextColumn({
  table,
  column,
  when,
  logicalName,
}: FieldColumn): CiphertextColumn {
  const name = logicalName ?? { table: table.name, column };
  return {
    table,
    selection: { column, when, targets: [] },
    contextOf: ({ key }) => ({ table: name.table, column: name.column, key }),
  };
}

/** The id of the key in a ciphertext or blind index of `t`, from its first characters; null for what is none. */
export function keyIdSql(column: string, form: 'enc1b?' | 'bis?1' = 'enc1b?'): string {
  return `substring(left(t.${quoteIdent(column)}::text COLLATE "C", 39) FROM '^${form}:([A-Za-z0-9_-]{1,32}):')`;
}

/** Whether a value of `t` is a ciphertext under another key than this. */
export function isUnderOtherKeySql(column: string, keyId: string): string {
  return `${keyIdSql(column)} <> ${quoteLiteral(keyId)}`;
}
