import { HashWorkerError, SecretRefusedError } from '../errors.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { runHashJob } from './hash-pool.ts';
import { prepareSecret } from './prepare-secret.ts';
import { formatPeppered, identifyHash } from './stored-hash.ts';

/** How credentials are hashed. */
export interface HashOptions {
  /** With a key ring the secret is peppered (HMAC-SHA-384) and may be longer than 72 bytes. */
  readonly keyRing?: KeyRing | undefined;
  /**
   * bcrypt cost, 10 to 20; each step doubles the work. 12 takes about 0.4 s of one core.
   * @default 12
   */
  readonly cost?: number | undefined;
}

/** What {@link hashCredential} uses when no cost is given. */
const DEFAULT_COST = 12;
const LOWEST_COST = 10;
/** Above this a single verification takes minutes, so a stored hash that asks for it is a fault or an attack. */
export const HIGHEST_COST = 20;

/**
 * Hashes a secret with bcrypt in a worker thread.
 *
 * @throws {SecretRefusedError} when the secret is empty, ill-formed Unicode, has a NUL, is a hash already, or has
 * more than 72 bytes and no key ring is given; when the cost is below 10 or above 20.
 *
 * @example
 * ```ts
 * await hashCredential('correct horse', { keyRing });
 * // '$bcrypt-hmac-sha384$v=1,k=20260101-a1b2c3,n=nfc$2b$12$…'
 * ```
 */
export async function hashCredential(secret: string, options: HashOptions = {}): Promise<string> {
  const { keyRing, cost = DEFAULT_COST } = options;
  if (!Number.isInteger(cost) || cost < LOWEST_COST || cost > HIGHEST_COST) {
    throw new SecretRefusedError(
      `The bcrypt cost is not a whole number from ${LOWEST_COST} to ${HIGHEST_COST}. Use ${DEFAULT_COST}, or measure what your login can wait for.`,
    );
  }
  const pepper = keyRing?.current('pepper');
  const hash = await runHashJob({
    operation: 'hash',
    secret: prepareSecret(secret, pepper),
    cost,
  });
  if (typeof hash !== 'string') throw new HashWorkerError('bcrypt gave no hash. Try again.');
  return pepper === undefined ? hash : formatPeppered(pepper.id, hash);
}

/**
 * Hashes what is not a hash yet, and gives a hash back as it is: never a hash of a hash.
 * For stored columns only. What a user typed goes to {@link hashCredential}, or anyone could log in with a stolen hash.
 */
export async function ensureHashed(stored: string, options: HashOptions = {}): Promise<string> {
  return identifyHash(stored) === undefined ? hashCredential(stored, options) : stored;
}

/**
 * Whether a stored hash should be made anew at the next successful login: lower cost than asked, an old
 * variant, no pepper or an old one, or no bcrypt at all.
 */
export function needsRehash(stored: string, options: HashOptions = {}): boolean {
  const { keyRing, cost = DEFAULT_COST } = options;
  const found = identifyHash(stored);
  if (found === undefined || found.kind === 'other') return true;
  if (found.cost < cost || found.variant !== 'b') return true;
  if (keyRing === undefined) return false;
  return found.kind !== 'peppered-bcrypt' || found.keyId !== keyRing.current('pepper').id;
}
