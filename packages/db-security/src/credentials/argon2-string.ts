/** argon2 hashes in the PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
import { decodeBase64, encodeBase64 } from './phc-base64.ts';

/** The three argon2 functions. Only argon2id is made here; the others are read. */
export type Argon2Variant = 'argon2d' | 'argon2i' | 'argon2id';

/** What a stored argon2 hash says of itself. */
export interface Argon2Parameters {
  readonly variant: Argon2Variant;
  /** 19 since 2016; 16, also where none is named, is the first version of argon2. */
  readonly version: 16 | 19;
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** A stored argon2 hash, decoded. */
export interface Argon2String extends Argon2Parameters {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const PATTERN =
  /^\$(argon2(?:id|i|d))(?:\$v=(16|19))?\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,7})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Reads a stored argon2 hash, with a salt of 8 to 64 bytes and a hash of 16 to 64. */
export function parseArgon2(text: string): Argon2String | undefined {
  const parts = PATTERN.exec(text);
  if (parts === null) return undefined;
  const salt = decodeBase64(parts[6] as string);
  const hash = decodeBase64(parts[7] as string);
  if (salt === undefined || hash === undefined) return undefined;
  return {
    variant: parts[1] as Argon2Variant,
    version: parts[2] === '19' ? 19 : 16,
    memoryKiB: Number(parts[3]),
    passes: Number(parts[4]),
    parallelism: Number(parts[5]),
    salt,
    hash,
  };
}

export function formatArgon2(hash: Omit<Argon2String, 'version'>): string {
  return `$${hash.variant}$v=19$m=${hash.memoryKiB},t=${hash.passes},p=${hash.parallelism}$${encodeBase64(hash.salt)}$${encodeBase64(hash.hash)}`;
}
