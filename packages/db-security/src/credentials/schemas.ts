import { z } from 'zod';
import { isUnlimited } from './hash-credential.ts';
import { type HashParameters, resolveCost } from './hash-parameters.ts';
import { whyNoSecret } from './prepare-secret.ts';
import { currentDigest, type DigestOptions } from './secret-digest.ts';
import { identifyHash } from './stored-hash.ts';

/**
 * A string that `hashCredential` accepts with the same options: never a hash, never too long, well-formed.
 * The messages of its issues never contain the input.
 *
 * @throws {SecretRefusedError} when the options themselves are wrong.
 *
 * @example
 * ```ts
 * const login = z.object({ name: z.string(), pin: secretSchema({ keyRing }).min(4) });
 * ```
 */
export function secretSchema(options: HashParameters & DigestOptions = {}): z.ZodString {
  const isLongAllowed = isUnlimited(resolveCost(options), currentDigest(options) !== undefined);
  return z.string().superRefine((secret, context) => {
    const message = whyNoSecret(secret, isLongAllowed);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/**
 * A string that `verifyCredential` can read: bcrypt, argon2 or scrypt, digested first or not.
 *
 * @example
 * ```ts
 * const imported = z.object({ name: z.string(), passwordHash: storedHashSchema() });
 * ```
 */
export function storedHashSchema(): z.ZodString {
  return z.string().refine(isVerifiable, {
    message: 'The value is no bcrypt, argon2 or scrypt hash. Send the hash as it is stored.',
  });
}

function isVerifiable(text: string): boolean {
  const found = identifyHash(text);
  if (found === undefined || found.kind === 'other') return false;
  return found.kind !== 'bcrypt' || found.variant !== 'x';
}
