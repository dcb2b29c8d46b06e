import { UnknownKeyError, UnsupportedHashError } from '../errors.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { HIGHEST_COST } from './hash-credential.ts';
import { runHashJob } from './hash-pool.ts';
import { digestSecret, whyRefused } from './prepare-secret.ts';
import { bcryptPart, identifyHash } from './stored-hash.ts';

/** The answer of {@link verifyCredential}. */
export type Verification = 'match' | 'mismatch' | 'unreadable';

/**
 * Compares a secret with a stored hash, in a worker thread. `$2a$`, `$2b$` and `$2y$` are accepted, peppered or not.
 * `unreadable` means that the stored text is no hash known here: a fault of the data, not of the user.
 * A plain bcrypt hash does not say how its secret was normalised, so the secret as typed is tried where NFC differs.
 * A secret that could never have been hashed here (over 72 bytes without pepper, ill-formed) is a mismatch.
 *
 * @throws {UnsupportedHashError} for `$2x$`.
 * @throws {UnknownKeyError} when the pepper of the stored hash is not in the key ring, or no ring is given.
 */
export async function verifyCredential(
  secret: string,
  stored: string,
  options: { readonly keyRing?: KeyRing | undefined } = {},
): Promise<Verification> {
  const found = identifyHash(stored);
  if (found === undefined || found.kind === 'other' || found.cost > HIGHEST_COST) {
    return 'unreadable';
  }
  if (found.variant === 'x') {
    throw new UnsupportedHashError(
      'The stored hash is marked $2x$: made by a faulty crypt_blowfish. Have the user set a new password.',
    );
  }
  const hash = bcryptPart(stored);
  if (found.kind === 'peppered-bcrypt') {
    if (options.keyRing === undefined) {
      throw new UnknownKeyError('The stored hash is peppered. Pass the key ring it was made with.');
    }
    const pepper = options.keyRing.find('pepper', found.keyId);
    if (whyRefused(secret, true) !== undefined) return 'mismatch';
    return compare(digestSecret(secret, pepper), hash);
  }
  if (whyRefused(secret, false) !== undefined) return 'mismatch';
  const normalised = digestSecret(secret, undefined);
  const verification = await compare(normalised, hash);
  return verification === 'mismatch' && normalised !== secret && Buffer.byteLength(secret) <= 72
    ? compare(secret, hash)
    : verification;
}

async function compare(secret: string, hash: string): Promise<Verification> {
  const answer = await runHashJob({ operation: 'compare', secret, hash });
  if (typeof answer !== 'boolean') return 'unreadable';
  return answer ? 'match' : 'mismatch';
}
