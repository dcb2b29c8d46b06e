import { UnsupportedHashError } from '../errors.ts';
import { isBearable } from './cost-limits.ts';
import { decoyHash } from './decoy-hash.ts';
import { bearableCost, expectAnswer, type HashOptions } from './hash-credential.ts';
import type { HashCost } from './hash-parameters.ts';
import { sharedHashPool } from './hash-pool.ts';
import { BCRYPT_LIMIT_BYTES, whyRefused } from './prepare-secret.ts';
import { currentDigest, digestSecret, type SecretDigest } from './secret-digest.ts';
import { costOf, identifyHash, standardPart } from './stored-hash.ts';

/** The answer of {@link verifyCredential}. */
export type Verification = 'match' | 'mismatch' | 'unreadable';

/** What a secret is compared with. */
interface Target {
  readonly hash: string;
  readonly cost: HashCost;
  readonly digest: SecretDigest | undefined;
}

/**
 * Compares a secret with a stored hash, in a worker thread. bcrypt (`$2a$`, `$2b$`, `$2y$`), argon2 and scrypt are
 * accepted, digested first or not, whatever the options say about new hashes.
 *
 * Without a stored hash (null: there is no such user) the answer is `mismatch`, after the work that a hash made
 * with these options takes, so that the time does not tell who exists. `unreadable` means that the stored text is no
 * hash known here, or asks for more than a machine can bear: a fault of the data, not of the user; it takes the same work.
 *
 * A hash that was not digested does not say how its secret was normalised, so the secret as typed is tried where NFC
 * differs. A secret that could never have been hashed here (ill-formed, over 72 bytes of plain bcrypt) is a mismatch.
 *
 * @throws {UnsupportedHashError} for `$2x$`.
 * @throws {UnknownKeyError} when the pepper of the stored hash is not in the key ring, or no ring is given.
 * @throws {SecretRefusedError} when the options themselves are wrong.
 * @throws {MissingDependencyError} when the hash is argon2 and there is none.
 * @throws {HashQueueFullError} when too many hashes are waiting.
 * @throws {AbortedError} when the signal has fired.
 *
 * @example
 * ```ts
 * const { rows } = await db.query('SELECT pin_hash FROM logins WHERE name = $1', [name]);
 * const verification = await verifyCredential(pin, rows[0]?.pin_hash, { keyRing });
 * ```
 */
export async function verifyCredential(
  secret: string,
  stored: string | null | undefined,
  options: HashOptions = {},
): Promise<Verification> {
  const { keyRing, pool = sharedHashPool(), signal } = options;
  const currentCost = bearableCost(options, pool);
  const target = findTarget(stored, pool.memoryLimitBytes);
  // Not a matter of who logs in, so it may be quick.
  if (whyRefused(secret, true) !== undefined) return 'mismatch';
  const { hash, cost, digest } = target ?? {
    hash: decoyHash(currentCost),
    cost: currentCost,
    digest: currentDigest(options),
  };
  let isMatch = false;
  for (const { text, isGenuine } of candidates(secret, cost, digest)) {
    const job = {
      operation: 'compare',
      secret: digestSecret(text, digest, keyRing),
      hash,
      cost,
    } as const;
    isMatch = expectAnswer(await pool.run(job, signal), 'boolean') && isGenuine;
    if (isMatch) break;
  }
  if (target === undefined) return stored == null ? 'mismatch' : 'unreadable';
  return isMatch ? 'match' : 'mismatch';
}

/** The hash in a stored text, where it can be verified. */
function findTarget(
  stored: string | null | undefined,
  memoryLimitBytes: number,
): Target | undefined {
  if (stored == null) return undefined;
  const found = identifyHash(stored);
  if (found === undefined || found.kind === 'other') return undefined;
  if (found.kind === 'bcrypt' && found.variant === 'x') {
    throw new UnsupportedHashError(
      'The stored hash is marked $2x$: made by a faulty crypt_blowfish. Have the user set a new password.',
    );
  }
  const cost = costOf(found);
  if (!isBearable(cost, memoryLimitBytes)) return undefined;
  return { hash: standardPart(stored), cost, digest: found.digest };
}

/** What the user may have meant. One that is not genuine only takes the time of one that is. */
function candidates(
  secret: string,
  cost: HashCost,
  digest: SecretDigest | undefined,
): { text: string; isGenuine: boolean }[] {
  const normalised = secret.normalize('NFC');
  const forms = digest === undefined ? [...new Set([normalised, secret])] : [normalised];
  const isLimited = digest === undefined && cost.algorithm === 'bcrypt';
  return forms.map((text) =>
    isLimited && Buffer.byteLength(text) > BCRYPT_LIMIT_BYTES
      ? { text: 'too long', isGenuine: false }
      : { text, isGenuine: true },
  );
}
