import { type HashOptions, hashCredential } from './hash-credential.ts';
import { needsRehash } from './needs-rehash.ts';
import type { ReplaceHash } from './replace-stored-hash.ts';
import { type Verification, verifyCredential } from './verify-credential.ts';

/**
 * What became of the stored hash: `replaced`; `overtaken`, because another login or a new password was quicker;
 * `failed`, with the cause, and the login stands all the same.
 */
export type Rehash =
  | { readonly rehash: 'not-needed' | 'replaced' | 'overtaken' }
  | { readonly rehash: 'failed'; readonly cause: unknown };

/** The answer of {@link verifyAndRehash}. */
export type VerifiedLogin = { readonly verification: Verification } & Rehash;

/** Hashes that are being replaced right now: a second login of the same user does not hash again. */
const underWay = new Set<string>();

/**
 * Compares a secret as {@link verifyCredential} does, and after a match replaces a hash that {@link needsRehash}.
 * The update only takes place while the compared hash still stands, so of two logins at once one replaces it, and a
 * password that was changed meanwhile is never put back. A replacement that fails does not fail the login.
 *
 * @throws whatever {@link verifyCredential} throws.
 *
 * @example
 * ```ts
 * const place = { table: { schema: 'public', name: 'logins' }, column: 'pin_hash', key: { id: login?.id ?? 0 } };
 * const { verification } = await verifyAndRehash(pin, login?.pin_hash, {
 *   keyRing,
 *   replace: replaceStoredHash(db, place),
 * });
 * ```
 */
export async function verifyAndRehash(
  secret: string,
  stored: string | null | undefined,
  options: HashOptions & { readonly replace: ReplaceHash },
): Promise<VerifiedLogin> {
  const verification = await verifyCredential(secret, stored, options);
  if (verification !== 'match' || stored == null || !needsRehash(stored, options)) {
    return { verification, rehash: 'not-needed' };
  }
  if (underWay.has(stored)) return { verification, rehash: 'overtaken' };
  underWay.add(stored);
  try {
    const to = await hashCredential(secret, options);
    const isReplaced = await options.replace({ from: stored, to });
    return { verification, rehash: isReplaced ? 'replaced' : 'overtaken' };
  } catch (cause) {
    return { verification, rehash: 'failed', cause };
  } finally {
    underWay.delete(stored);
  }
}
