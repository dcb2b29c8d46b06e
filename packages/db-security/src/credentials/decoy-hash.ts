import { formatArgon2 } from './argon2-string.ts';
import type { HashCost } from './hash-parameters.ts';
import { formatScrypt } from './scrypt-string.ts';

const NOTHING = { salt: Buffer.alloc(16), hash: Buffer.alloc(32) };

/** A hash of that cost which no secret is known for: comparing with it takes the time of a true one. */
export function decoyHash(cost: HashCost): string {
  switch (cost.algorithm) {
    case 'bcrypt':
      return `$2b$${cost.cost}$${'.'.repeat(53)}`;
    case 'argon2id':
      return formatArgon2({ ...cost, ...NOTHING, variant: 'argon2id' });
    case 'scrypt':
      return formatScrypt({ ...cost, ...NOTHING });
  }
}
