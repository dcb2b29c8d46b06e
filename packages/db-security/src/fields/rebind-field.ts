import type { KeyRing } from '../keys/key-ring.ts';
import { reseal } from './encrypt-field.ts';
import type { FieldContext } from './field-context.ts';

/** The place that a ciphertext is bound to, and the one it moves to. */
export interface RebindOptions {
  readonly keyRing: KeyRing;
  readonly from: FieldContext;
  readonly to: FieldContext;
}

/**
 * Binds a ciphertext to another row or column: for a primary key that changes, a row that is copied, a logical name
 * that must change. Write it in the statement, or at least the transaction, that changes the key; between the two
 * nobody can read the value.
 *
 * @throws {CiphertextRejectedError} when it does not belong to `from`.
 * @throws {UnknownKeyError} when its key is not in the ring.
 *
 * @example
 * ```ts
 * const from = { table: 'staff', column: 'account', key: { id: '17' } };
 * const moved = rebindField(ciphertext, { keyRing, from, to: { ...from, key: { id: '1017' } } });
 * await db.query('UPDATE staff SET id = 1017, account_ciphertext = $1 WHERE id = 17 AND account_ciphertext = $2', [moved, ciphertext]);
 * ```
 */
export function rebindField(ciphertext: string, { keyRing, from, to }: RebindOptions): string {
  return reseal(ciphertext, { keyRing, context: from }, { keyRing, context: to });
}
