import { type Queryable, qualifiedName, quoteIdent } from '@tothub/db-catalog';
import { TreatmentError, withoutValues } from '../errors.ts';

/** Puts the new hash in the place of the old one if that still stands there, and says whether it did. */
export type ReplaceHash = (change: {
  readonly from: string;
  readonly to: string;
}) => Promise<boolean>;

/** Where a stored hash stands. */
export interface HashPlace {
  readonly table: { readonly schema: string; readonly name: string };
  readonly column: string;
  /** What finds the row, its primary key for example: column name to value. */
  readonly key: Readonly<Record<string, unknown>>;
}

/**
 * Makes the compare-and-set update of one stored hash, for {@link verifyAndRehash}.
 *
 * @throws {TreatmentError} when no key column is named.
 *
 * @example
 * ```ts
 * replaceStoredHash(db, { table: { schema: 'public', name: 'logins' }, column: 'pin_hash', key: { id: 7 } });
 * // UPDATE "public"."logins" SET "pin_hash" = $1 WHERE "pin_hash"::text COLLATE "C" = $2 AND "id" = $3 RETURNING 1
 * ```
 */
export function replaceStoredHash(db: Queryable, place: HashPlace): ReplaceHash {
  const column = quoteIdent(place.column);
  const names = Object.keys(place.key);
  if (names.length === 0) {
    throw new TreatmentError('No key column is named. Name what finds the row, such as { id: 7 }.');
  }
  const found = names.map((name, i) => `${quoteIdent(name)} = $${i + 3}`).join(' AND ');
  // In "C", because a collation of the column may call different hashes equal.
  const text = `UPDATE ${qualifiedName(place.table)} SET ${column} = $1 WHERE ${column}::text COLLATE "C" = $2 AND ${found} RETURNING 1`;
  return async ({ from, to }) => {
    try {
      const { rows } = await db.query(text, [to, from, ...Object.values(place.key)]);
      return rows.length > 0;
    } catch (error) {
      throw withoutValues(error, 'Replacing a stored hash');
    }
  };
}
