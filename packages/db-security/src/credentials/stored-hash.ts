/**
 * What a stored string says about itself.
 *
 * A digested hash is written as `$bcrypt-hmac-sha384$v=1,k=<key id>,n=nfc$2b$12$…` (peppered) or with
 * `c=<context>`: the standard string after the head is the hash of base64(HMAC-SHA-384(key, NFC of the secret)).
 * The head follows the PHC string format, so a reader that does not know it sees an unknown scheme instead of a
 * wrong password. Hashes without a head stay standard strings that any other program verifies.
 */
import { type Argon2Parameters, parseArgon2 } from './argon2-string.ts';
import type { HashCost } from './hash-parameters.ts';
import { identifyOtherHash, type OtherHash } from './other-hash.ts';
import { parseScrypt, type ScryptParameters } from './scrypt-string.ts';
import { labelOf, type SecretDigest } from './secret-digest.ts';

/** The bcrypt variants found in the wild. `x` marks hashes of a faulty PHP version and is never verified. */
export type BcryptVariant = 'a' | 'b' | 'x' | 'y';

/** Of a hash whose secret was digested first: how. Then the secret is in NFC. */
interface Digested {
  readonly digest?: SecretDigest;
}

export interface BcryptHash extends Digested {
  readonly kind: 'bcrypt';
  readonly variant: BcryptVariant;
  readonly cost: number;
}

export interface Argon2Hash extends Digested, Argon2Parameters {
  readonly kind: 'argon2';
}

export interface ScryptHash extends Digested, ScryptParameters {
  readonly kind: 'scrypt';
}

/** A hash that {@link verifyCredential} verifies, within its limits. */
export type VerifiableHash = BcryptHash | Argon2Hash | ScryptHash;

/** What {@link identifyHash} found. */
export type StoredHash = VerifiableHash | OtherHash;

const BCRYPT = /^\$2([abxy])\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
const DIGESTED =
  /^\$(bcrypt|argon2id|scrypt)-hmac-sha384\$v=1,([kc])=([A-Za-z0-9_-]{1,32}),n=nfc(\$[^\n]+)$/;
/** No hash is longer. */
const LONGEST = 1024;

/**
 * Tells which kind of hash a stored string is, with the parameters it names, or undefined when it is none.
 *
 * @example
 * ```ts
 * identifyHash('$2b$10$…'); // { kind: 'bcrypt', variant: 'b', cost: 10 }
 * identifyHash('$argon2id$v=19$m=19456,t=2,p=1$…'); // { kind: 'argon2', variant: 'argon2id', memoryKiB: 19456, … }
 * identifyHash('$6$rounds=5000$…'); // { kind: 'other', scheme: 'sha512-crypt', rounds: 5000 }
 * identifyHash('1234'); // undefined
 * ```
 */
export function identifyHash(stored: string): StoredHash | undefined {
  if (stored.length > LONGEST) return undefined;
  const digested = DIGESTED.exec(stored);
  if (digested === null) return identifyStandard(stored) ?? identifyOtherHash(stored);
  const [algorithm, key, name, standard] = digested.slice(1) as [string, string, string, string];
  const found = identifyStandard(standard);
  // Only what formatStored writes.
  if (found === undefined || schemeOf(found) !== algorithm) return identifyOtherHash(stored);
  return {
    ...found,
    digest: key === 'k' ? { by: 'pepper', keyId: name } : { by: 'context', context: name },
  };
}

function identifyStandard(text: string): VerifiableHash | undefined {
  const bcrypt = BCRYPT.exec(text);
  if (bcrypt !== null) {
    return { kind: 'bcrypt', variant: bcrypt[1] as BcryptVariant, cost: Number(bcrypt[2]) };
  }
  const argon2 = parseArgon2(text);
  if (argon2 !== undefined) {
    const { salt: _salt, hash: _hash, ...parameters } = argon2;
    return { kind: 'argon2', ...parameters };
  }
  const scrypt = parseScrypt(text);
  if (scrypt === undefined) return undefined;
  const { salt: _salt, hash: _hash, ...parameters } = scrypt;
  return { kind: 'scrypt', ...parameters };
}

/** The name of what made a hash, where it is one that is made here. */
function schemeOf(found: VerifiableHash): string | undefined {
  if (found.kind === 'bcrypt') return found.variant === 'b' ? 'bcrypt' : undefined;
  return found.kind === 'argon2' ? found.variant : found.kind;
}

/** What a stored hash costs to verify. */
export function costOf(found: VerifiableHash): HashCost {
  switch (found.kind) {
    case 'bcrypt':
      return { algorithm: 'bcrypt', cost: found.cost };
    case 'argon2': {
      const { memoryKiB, passes, parallelism } = found;
      return { algorithm: 'argon2id', memoryKiB, passes, parallelism };
    }
    case 'scrypt': {
      const { costLog2, blockSize, parallelism } = found;
      return { algorithm: 'scrypt', costLog2, blockSize, parallelism };
    }
  }
}

/** Writes a standard hash, with a head that says how its secret was digested. */
export function formatStored(
  algorithm: HashCost['algorithm'],
  digest: SecretDigest | undefined,
  standard: string,
): string {
  return digest === undefined
    ? standard
    : `$${algorithm}-hmac-sha384$v=1,${labelOf(digest)},n=nfc${standard}`;
}

/** The standard string inside a stored hash. */
export function standardPart(stored: string): string {
  return DIGESTED.exec(stored)?.[4] ?? stored;
}
