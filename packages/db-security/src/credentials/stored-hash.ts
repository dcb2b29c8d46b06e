/**
 * What a stored string says about itself.
 *
 * A peppered hash is written as `$bcrypt-hmac-sha384$v=1,k=<key id>,n=nfc$2b$12$…`: bcrypt over
 * base64(HMAC-SHA-384(pepper, NFC of the secret)). The prefix follows the PHC string format, so a reader
 * that does not know it sees an unknown scheme instead of a wrong password.
 */

/** The bcrypt variants found in the wild. `x` marks hashes of a faulty PHP version and is never verified. */
export type BcryptVariant = 'a' | 'b' | 'x' | 'y';

/** What {@link identifyHash} found. */
export type StoredHash =
  | { readonly kind: 'bcrypt'; readonly variant: BcryptVariant; readonly cost: number }
  | {
      readonly kind: 'peppered-bcrypt';
      readonly variant: 'b';
      readonly cost: number;
      readonly keyId: string;
    }
  | {
      /** Some other password hash: argon2, scrypt, PBKDF2, crypt(3), LDAP. Recognised, not verified. */
      readonly kind: 'other';
    };

const BCRYPT = /^\$2([abxy])\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
const PEPPERED = /^\$bcrypt-hmac-sha384\$v=1,k=([A-Za-z0-9_-]{1,32}),n=nfc(\$2b\$[^\n]+)$/;
const OTHER =
  /^(?:\$(?:argon2(?:id|i|d)|scrypt|pbkdf2(?:-[a-z0-9]+)?|bcrypt-[a-z0-9-]+|2[a-z]?|1|5|6|7|y|gy|apr1|sha1|md5|P|H)\$.+|(?:pbkdf2_[a-z0-9]+|bcrypt(?:_sha256)?|argon2|scrypt|sha1|md5)\$.+|\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|ARGON2|PBKDF2[A-Z0-9-]*)\}.+|md5[0-9a-f]{32}|SCRAM-SHA-256\$.+)$/;

/**
 * Tells which kind of hash a stored string is, or undefined when it is none.
 *
 * @example
 * ```ts
 * identifyHash('$2b$10$…'); // { kind: 'bcrypt', variant: 'b', cost: 10 }
 * identifyHash('1234'); // undefined
 * ```
 */
export function identifyHash(stored: string): StoredHash | undefined {
  const peppered = PEPPERED.exec(stored);
  if (peppered !== null) {
    const inner = identifyHash(peppered[2] as string);
    return inner?.kind === 'bcrypt'
      ? { kind: 'peppered-bcrypt', variant: 'b', cost: inner.cost, keyId: peppered[1] as string }
      : { kind: 'other' };
  }
  const bcrypt = BCRYPT.exec(stored);
  if (bcrypt !== null) {
    return { kind: 'bcrypt', variant: bcrypt[1] as BcryptVariant, cost: Number(bcrypt[2]) };
  }
  return OTHER.test(stored) ? { kind: 'other' } : undefined;
}

/** Writes a peppered hash with the id of its pepper. */
export function formatPeppered(keyId: string, bcrypt: string): string {
  return `$bcrypt-hmac-sha384$v=1,k=${keyId},n=nfc${bcrypt}`;
}

/** The bcrypt string inside a plain or peppered hash. */
export function bcryptPart(stored: string): string {
  return PEPPERED.exec(stored)?.[2] ?? stored;
}
