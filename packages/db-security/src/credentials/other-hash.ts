/**
 * Stored hashes of other programs. They are recognised, so that none is ever hashed again, and not verified.
 */

/** A hash that is not verified here. */
export interface OtherHash {
  readonly kind: 'other';
  /** The family, such as `sha512-crypt`, `pbkdf2` or `ldap`. */
  readonly scheme: string;
  /** Rounds, where the hash names them. */
  readonly rounds?: number;
}

/** Patterns of the families; the group is the rounds. */
const SCHEMES: readonly (readonly [string, RegExp])[] = [
  ['sha256-crypt', /^\$5\$(?:rounds=(\d{1,9})\$)?.+$/],
  ['sha512-crypt', /^\$6\$(?:rounds=(\d{1,9})\$)?.+$/],
  ['md5-crypt', /^\$(?:1|apr1)\$.+$/],
  ['sha1-crypt', /^\$sha1\$(?:(\d{1,10})\$)?.+$/],
  ['yescrypt', /^\$(?:y|gy)\$.+$/],
  ['phpass', /^\$[PH]\$.+$/],
  ['pbkdf2', /^\$pbkdf2(?:-[a-z0-9]+)?\$(?:i=)?(?:(\d{1,10})[$,])?.+$/],
  ['pbkdf2', /^pbkdf2_[a-z0-9]+\$(?:(\d{1,10})\$)?.+$/],
  ['django', /^(?:bcrypt(?:_sha256)?|argon2|scrypt|sha1|md5)\$.+$/],
  ['ldap', /^\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|ARGON2|PBKDF2[A-Z0-9-]*)\}.+$/],
  ['postgresql', /^(?:md5[0-9a-f]{32}|SCRAM-SHA-256\$(?:(\d{1,10}):)?.+)$/],
  // Known by name, but not well-formed enough to be verified.
  ['bcrypt', /^\$(?:2[a-z]?|bcrypt-[a-z0-9-]+)\$.+$/],
  ['argon2', /^\$(?:argon2(?:id|i|d)|argon2id-[a-z0-9-]+)\$.+$/],
  ['scrypt', /^\$(?:7|scrypt|scrypt-[a-z0-9-]+)\$.+$/],
  ['md5', /^\$md5\$.+$/],
];

/** Tells the family of a stored hash that is not verified here. */
export function identifyOtherHash(stored: string): OtherHash | undefined {
  for (const [scheme, pattern] of SCHEMES) {
    const found = pattern.exec(stored);
    if (found === null) continue;
    return found[1] === undefined
      ? { kind: 'other', scheme }
      : { kind: 'other', scheme, rounds: Number(found[1]) };
  }
  return undefined;
}
