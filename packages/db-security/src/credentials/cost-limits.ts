/**
 * What a single hash may ask of this machine at most. A stored hash names its own cost, so whoever can write one
 * could otherwise have a login take minutes or all memory.
 */
import type { HashCost } from './hash-parameters.ts';

/** About six seconds of one core. */
const HIGHEST_BCRYPT_COST = 16;
/** Bytes written in all passes together: a few seconds of one core. */
const ARGON2_BYTES_LIMIT = 4 * 2 ** 30;
const SCRYPT_BYTES_LIMIT = 2 * 2 ** 30;
const HIGHEST_PARALLELISM = 64;

/** Memory that computing such a hash takes, in bytes. */
export function memoryBytesOf(cost: HashCost): number {
  switch (cost.algorithm) {
    case 'bcrypt':
      return 8192;
    case 'argon2id':
      return cost.memoryKiB * 1024;
    case 'scrypt':
      return 128 * cost.blockSize * (2 ** cost.costLog2 + cost.parallelism + 2);
  }
}

/** Whether such a hash is computed in seconds, within the memory, and at all. */
export function isBearable(cost: HashCost, memoryLimitBytes: number): boolean {
  const memoryBytes = memoryBytesOf(cost);
  if (memoryBytes > memoryLimitBytes) return false;
  switch (cost.algorithm) {
    case 'bcrypt':
      return cost.cost <= HIGHEST_BCRYPT_COST;
    case 'argon2id':
      return (
        cost.parallelism <= HIGHEST_PARALLELISM &&
        cost.memoryKiB >= 8 * cost.parallelism &&
        memoryBytes * cost.passes <= ARGON2_BYTES_LIMIT
      );
    case 'scrypt':
      return (
        cost.parallelism <= HIGHEST_PARALLELISM &&
        // RFC 7914, section 6: N is less than 2^(128 r / 8).
        cost.costLog2 < 16 * cost.blockSize &&
        128 * cost.blockSize * 2 ** cost.costLog2 * cost.parallelism <= SCRYPT_BYTES_LIMIT
      );
  }
}
