import { HashWorkerError, MissingDependencyError, SecretRefusedError } from '../errors.ts';
import { isBearable } from './cost-limits.ts';
import type { HashAnswer } from './hash-job.ts';
import { type HashCost, type HashParameters, resolveCost } from './hash-parameters.ts';
import { type HashPool, sharedHashPool } from './hash-pool.ts';
import { assertSecret } from './prepare-secret.ts';
import { currentDigest, type DigestOptions, digestSecret } from './secret-digest.ts';
import { formatStored, identifyHash } from './stored-hash.ts';

/** Where a hash is computed, and how long it is wanted. */
export interface HashRunOptions {
  /** @default a pool that all calls share */
  readonly pool?: HashPool | undefined;
  /** Calls the work off. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How credentials are hashed: the algorithm and its settings, the digest before it, and where.
 * Pass the same to {@link verifyCredential}, so that unknown users cost what known ones do.
 */
export type HashOptions = HashParameters & DigestOptions & HashRunOptions;

/**
 * Hashes a secret in a worker thread.
 *
 * @throws {SecretRefusedError} when the secret is empty, ill-formed Unicode, has a NUL, is a hash already, or has
 * more than 72 bytes for bcrypt and is not digested first; when the cost is below OWASP's minimum or beyond what a
 * machine can bear.
 * @throws {MissingDependencyError} when there is no argon2.
 * @throws {HashQueueFullError} when too many hashes are waiting.
 * @throws {AbortedError} when the signal has fired.
 *
 * @example
 * ```ts
 * await hashCredential('correct horse', { keyRing });
 * // '$bcrypt-hmac-sha384$v=1,k=20260101-a1b2c3,n=nfc$2b$12$…'
 * await hashCredential('correct horse', { algorithm: 'argon2id' });
 * // '$argon2id$v=19$m=19456,t=2,p=1$…'
 * ```
 */
export async function hashCredential(secret: string, options: HashOptions = {}): Promise<string> {
  const pool = options.pool ?? sharedHashPool();
  const cost = bearableCost(options, pool);
  const digest = currentDigest(options);
  assertSecret(secret, isUnlimited(cost, digest !== undefined));
  const answer = await pool.run(
    {
      operation: 'hash',
      secret: digestSecret(secret.normalize('NFC'), digest, options.keyRing),
      cost,
    },
    options.signal,
  );
  return formatStored(cost.algorithm, digest, expectAnswer(answer, 'string'));
}

/**
 * Hashes what is not a hash yet, and gives a hash back as it is: never a hash of a hash.
 * For stored columns only. What a user typed goes to {@link hashCredential}, or anyone could log in with a stolen hash.
 * A bare digest (MD5 or SHA in hexadecimal) cannot be told from a token, and is hashed like one.
 *
 * @throws whatever {@link hashCredential} throws; {@link SecretRefusedError} too for a hash with spaces around it.
 */
export async function ensureHashed(stored: string, options: HashOptions = {}): Promise<string> {
  return identifyHash(stored) === undefined ? hashCredential(stored, options) : stored;
}

/** Only bcrypt reads 72 bytes and no more, and a digest has 64. */
export function isUnlimited(cost: HashCost, isDigested: boolean): boolean {
  return isDigested || cost.algorithm !== 'bcrypt';
}

/**
 * The cost that new hashes have.
 *
 * @throws {SecretRefusedError} when it is too low, or more than this machine can bear.
 */
export function bearableCost(parameters: HashParameters, pool: HashPool): HashCost {
  const cost = resolveCost(parameters);
  if (!isBearable(cost, pool.memoryLimitBytes)) {
    throw new SecretRefusedError(
      `The cost of ${cost.algorithm} is more than a login can wait for, or more memory than the pool may use. Use the defaults, or what calibrateCost gives.`,
    );
  }
  return cost;
}

/** A worker's answer of that type. */
export function expectAnswer(answer: HashAnswer, type: 'string'): string;
export function expectAnswer(answer: HashAnswer, type: 'boolean'): boolean;
export function expectAnswer(answer: HashAnswer, type: string): unknown {
  if (typeof answer === type) return answer;
  if (typeof answer === 'object' && 'missing' in answer) {
    throw new MissingDependencyError(
      'There is no argon2 here, or none of that version. Run: npm install @node-rs/argon2',
    );
  }
  throw new HashWorkerError(
    'The hash could not be computed, for want of memory perhaps. Try again.',
  );
}
