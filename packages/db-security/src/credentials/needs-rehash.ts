import { memoryBytesOf } from './cost-limits.ts';
import type { HashOptions } from './hash-credential.ts';
import { type HashCost, resolveCost } from './hash-parameters.ts';
import { currentDigest, isSameDigest } from './secret-digest.ts';
import { costOf, identifyHash } from './stored-hash.ts';

/**
 * Whether a stored hash should be made anew at the next successful login: another algorithm or an old variant of it,
 * lower cost than asked, no pepper or an old one, or no hash that is verified here at all.
 * {@link verifyAndRehash} asks this and does it.
 */
export function needsRehash(stored: string, options: HashOptions = {}): boolean {
  const asked = resolveCost(options);
  const digest = currentDigest(options);
  const found = identifyHash(stored);
  if (found === undefined || found.kind === 'other') return true;
  if (found.kind === 'bcrypt' && found.variant !== 'b') return true;
  if (found.kind === 'argon2' && (found.variant !== 'argon2id' || found.version !== 19))
    return true;
  if (found.kind === 'scrypt' && found.format !== 'phc') return true;
  if (isCheaper(costOf(found), asked)) return true;
  return digest !== undefined && !isSameDigest(found.digest, digest);
}

/** Whether one cost is lower than another in any respect, or of another algorithm. */
function isCheaper(found: HashCost, asked: HashCost): boolean {
  if (found.algorithm === 'bcrypt' && asked.algorithm === 'bcrypt') return found.cost < asked.cost;
  if (found.algorithm === 'argon2id' && asked.algorithm === 'argon2id') {
    return found.memoryKiB < asked.memoryKiB || found.passes < asked.passes;
  }
  if (found.algorithm === 'scrypt' && asked.algorithm === 'scrypt') {
    return (
      found.costLog2 < asked.costLog2 ||
      memoryBytesOf(found) < memoryBytesOf(asked) ||
      found.parallelism < asked.parallelism
    );
  }
  return true;
}
