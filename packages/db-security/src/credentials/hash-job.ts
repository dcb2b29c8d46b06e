/** What runs in a hashing worker. The secret is well-formed, short enough, and digested where it is to be. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { compareSync, hashSync } from 'bcryptjs';
import { formatArgon2, parseArgon2 } from './argon2-string.ts';
import type { DeriveArgon2 } from './derive-argon2.ts';
import { deriveScrypt } from './derive-scrypt.ts';
import type { HashCost } from './hash-parameters.ts';
import { formatScrypt, parseScrypt } from './scrypt-string.ts';

/** What a worker is asked. */
export type HashJob =
  | { readonly operation: 'hash'; readonly secret: string; readonly cost: HashCost }
  | {
      readonly operation: 'compare';
      readonly secret: string;
      /** A standard bcrypt, argon2 or scrypt string. */
      readonly hash: string;
      /** What that string costs. */
      readonly cost: HashCost;
    };

/**
 * What a worker answers: the hash, whether it matched, that argon2 (or that version of it) is not installed, or that
 * the algorithm failed. Never an error's text.
 */
export type HashAnswer =
  | string
  | boolean
  | { readonly missing: 'argon2' }
  | { readonly failed: true };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MISSING = { missing: 'argon2' } as const;

/** Does one job. `argon2` is only asked for by jobs that need it. */
export async function runHashJob(
  job: HashJob,
  argon2: () => Promise<DeriveArgon2 | undefined>,
): Promise<HashAnswer> {
  try {
    return await (job.operation === 'hash'
      ? hash(job.secret, job.cost, argon2)
      : compare(job.secret, job.hash, argon2));
  } catch {
    return { failed: true };
  }
}

async function hash(
  secret: string,
  cost: HashCost,
  argon2: () => Promise<DeriveArgon2 | undefined>,
): Promise<HashAnswer> {
  if (cost.algorithm === 'bcrypt') return hashSync(secret, cost.cost);
  const salt = randomBytes(SALT_BYTES);
  if (cost.algorithm === 'scrypt') {
    return formatScrypt({ ...cost, salt, hash: deriveScrypt(secret, salt, cost, HASH_BYTES) });
  }
  const parameters = { ...cost, variant: 'argon2id', version: 19 } as const;
  const derived = (await argon2())?.(secret, salt, parameters, HASH_BYTES);
  return derived === undefined ? MISSING : formatArgon2({ ...parameters, salt, hash: derived });
}

async function compare(
  secret: string,
  stored: string,
  argon2: () => Promise<DeriveArgon2 | undefined>,
): Promise<HashAnswer> {
  const asScrypt = parseScrypt(stored);
  if (asScrypt !== undefined) {
    const { salt, hash } = asScrypt;
    return timingSafeEqual(deriveScrypt(secret, salt, asScrypt, hash.length), hash);
  }
  const asArgon2 = parseArgon2(stored);
  if (asArgon2 === undefined) return compareSync(secret, stored);
  const { salt, hash } = asArgon2;
  const derived = (await argon2())?.(secret, salt, asArgon2, hash.length);
  return derived === undefined ? MISSING : timingSafeEqual(derived, hash);
}
