/**
 * The step before the hash: HMAC-SHA-384 of the secret, written in base64. Keyed by a pepper, stored hashes are
 * worth nothing without the key ring; keyed by a public context, it only lifts bcrypt's limit of 72 bytes, and
 * keeps the hash apart from digests of the same password that leaked elsewhere.
 */
import { createHmac } from 'node:crypto';
import { SecretRefusedError, UnknownKeyError } from '../errors.ts';
import type { KeyRing } from '../keys/key-ring.ts';

/** How a secret was digested before it was hashed. */
export type SecretDigest =
  | { readonly by: 'pepper'; readonly keyId: string }
  | { readonly by: 'context'; readonly context: string };

/** What decides how a secret is digested. */
export interface DigestOptions {
  /** With a key ring the secret is peppered, and may be longer than 72 bytes. */
  readonly keyRing?: KeyRing | undefined;
  /**
   * Without a key ring: a public name of the application, 1 to 32 of `A-Z a-z 0-9 _ -`. With it the secret is digested
   * before it is hashed, and may be longer than 72 bytes. It is stored with the hash and protects nothing by itself.
   */
  readonly prehashContext?: string | undefined;
}

const CONTEXT = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * How new secrets are digested, or undefined when they are hashed as they are.
 *
 * @throws {SecretRefusedError} when both a key ring and a context are given, or the context is ill-formed.
 */
export function currentDigest(options: DigestOptions): SecretDigest | undefined {
  const { keyRing, prehashContext: context } = options;
  if (context === undefined) {
    return keyRing === undefined
      ? undefined
      : { by: 'pepper', keyId: keyRing.current('pepper').id };
  }
  if (keyRing !== undefined) {
    throw new SecretRefusedError(
      'Both a key ring and a prehashContext are given. The pepper digests already; leave the context out.',
    );
  }
  if (!CONTEXT.test(context)) {
    throw new SecretRefusedError(
      'The prehashContext is not 1 to 32 characters of A-Z, a-z, 0-9, _ and -. Name it so.',
    );
  }
  return { by: 'context', context };
}

/**
 * Digests a secret in NFC; without a digest gives it back.
 *
 * @throws {UnknownKeyError} when the pepper is not in the key ring, or no ring is given.
 */
export function digestSecret(
  normalised: string,
  digest: SecretDigest | undefined,
  keyRing: KeyRing | undefined,
): string {
  if (digest === undefined) return normalised;
  const key = digest.by === 'context' ? digest.context : pepperKey(digest.keyId, keyRing);
  return createHmac('sha384', key).update(normalised, 'utf8').digest('base64');
}

function pepperKey(keyId: string, keyRing: KeyRing | undefined): Buffer {
  if (keyRing === undefined) {
    throw new UnknownKeyError('The stored hash is peppered. Pass the key ring it was made with.');
  }
  return keyRing.find('pepper', keyId).key;
}

export function isSameDigest(a: SecretDigest | undefined, b: SecretDigest | undefined): boolean {
  return labelOf(a) === labelOf(b);
}

/** What a stored hash says of its digest: `k=` and the id of the pepper, or `c=` and the context. */
export function labelOf(digest: SecretDigest | undefined): string {
  if (digest === undefined) return '';
  return digest.by === 'pepper' ? `k=${digest.keyId}` : `c=${digest.context}`;
}
