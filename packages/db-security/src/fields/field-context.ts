import { FieldContextError } from '../errors.ts';
import { lengthPrefixed } from '../keys/derive-key.ts';

/**
 * Where a value lives. The names are logical: they are part of the binding, so they stay what they were when
 * a table is renamed or moved to another schema.
 */
export interface FieldContext {
  readonly table: string;
  readonly column: string;
  /**
   * The row's primary key: column name to text value, as `key::text` gives it. Texts of timestamps, intervals and
   * floats depend on the session; `rotateFields` reads them in ISO form, in UTC, with all digits. Empty binds to no row.
   */
  readonly key: Readonly<Record<string, string>>;
}

/** The bytes that bind a ciphertext to its form, key and place. */
export function associatedData(
  form: string,
  keyId: string,
  { table, column, key }: FieldContext,
): Buffer {
  const columns = Object.keys(key).sort();
  const parts = [table, column, ...columns.flatMap((name) => [name, key[name] as string])];
  // Numbers and missing values would bind to something else than the text that is read back, halves of a
  // surrogate pair all become the same three bytes.
  if (!parts.every((part: unknown) => typeof part === 'string' && part.isWellFormed())) {
    throw new FieldContextError(
      `The context of a value in ${String(table)}.${String(column)} is not made of well-formed texts. Pass the names, and the primary key as texts: id::text.`,
    );
  }
  return lengthPrefixed([form, keyId, ...parts]);
}
