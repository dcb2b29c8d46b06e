import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type HashOptions, hashCredential } from '../../credentials/hash-credential.ts';
import { verifyCredential } from '../../credentials/verify-credential.ts';
import { HashWorkerError } from '../../errors.ts';

/** What a few hashes have told. */
export interface HashingRate {
  /** A hash as they will be, of a random secret. */
  readonly sample: string;
  /** Time for each row, all cores at work, its verification included. */
  readonly msPerRow: number;
}

/**
 * Hashes a secret and makes sure that the hash verifies before anybody relies on it.
 *
 * @throws {HashWorkerError} when it does not.
 */
export async function hashVerified(secret: string, options: HashOptions): Promise<string> {
  const hash = await hashCredential(secret, options);
  if ((await verifyCredential(secret, hash, options)) === 'match') return hash;
  throw new HashWorkerError(
    'A new hash did not verify against its secret, and was thrown away. Check the memory of this machine, and run again.',
  );
}

/** Makes a hash, which also starts the workers, and then one on each core at the same time. */
export async function measureHashing(options: HashOptions): Promise<HashingRate> {
  const random = () => randomBytes(9).toString('base64');
  const sample = await hashVerified(random(), options);
  const count = availableParallelism();
  const start = performance.now();
  await Promise.all(Array.from({ length: count }, () => hashVerified(random(), options)));
  return { sample, msPerRow: (performance.now() - start) / count };
}
