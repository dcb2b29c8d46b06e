import { scryptSync } from 'node:crypto';
import { memoryBytesOf } from './cost-limits.ts';
import type { ScryptCost } from './hash-parameters.ts';

/** Computes a scrypt hash (RFC 7914). */
export function deriveScrypt(
  secret: string,
  salt: Buffer,
  cost: Omit<ScryptCost, 'algorithm'>,
  hashBytes: number,
): Buffer {
  return scryptSync(secret, salt, hashBytes, {
    N: 2 ** cost.costLog2,
    r: cost.blockSize,
    p: cost.parallelism,
    // Node's own limit, 32 MiB, is below what OWASP asks for.
    maxmem: memoryBytesOf({ algorithm: 'scrypt', ...cost }) + 2 ** 20,
  });
}
