/**
 * scrypt hashes: `$scrypt$ln=17,r=8,p=1$<salt>$<hash>` (PHC string format, written here) and `$7$…` of crypt(3)
 * and libsodium (read only).
 */
import { decodeBase64, encodeBase64 } from './phc-base64.ts';

/** What a stored scrypt hash says of itself. */
export interface ScryptParameters {
  /** `crypt` is `$7$`. */
  readonly format: 'phc' | 'crypt';
  /** Binary logarithm of N. */
  readonly costLog2: number;
  /** r. */
  readonly blockSize: number;
  /** p. */
  readonly parallelism: number;
}

/** A stored scrypt hash, decoded. */
export interface ScryptString extends ScryptParameters {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const PHC =
  /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,5}),p=([1-9]\d{0,5})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
const CRYPT =
  /^\$7\$([./0-9A-Za-z])([./0-9A-Za-z]{5})([./0-9A-Za-z]{5})([./0-9A-Za-z]{8,64})\$([./0-9A-Za-z]{43})$/;

/** Reads a stored scrypt hash, with a salt of 8 to 64 bytes and a hash of 16 to 64. */
export function parseScrypt(text: string): ScryptString | undefined {
  const phc = PHC.exec(text);
  if (phc !== null) {
    const salt = decodeBase64(phc[4] as string);
    const hash = decodeBase64(phc[5] as string);
    if (salt === undefined || hash === undefined) return undefined;
    const [costLog2, blockSize, parallelism] = phc.slice(1, 4).map(Number) as Three;
    return { format: 'phc', costLog2, blockSize, parallelism, salt, hash };
  }
  const crypt = CRYPT.exec(text);
  if (crypt === null) return undefined;
  const [costLog2, blockSize, parallelism] = crypt.slice(1, 4).map(cryptNumber) as Three;
  if (costLog2 === 0 || blockSize === 0 || parallelism === 0) return undefined;
  return {
    format: 'crypt',
    costLog2,
    blockSize,
    parallelism,
    // crypt(3) takes the characters of the salt as they stand.
    salt: Buffer.from(crypt[4] as string, 'latin1'),
    hash: cryptBytes(crypt[5] as string),
  };
}

export function formatScrypt(hash: Omit<ScryptString, 'format'>): string {
  return `$scrypt$ln=${hash.costLog2},r=${hash.blockSize},p=${hash.parallelism}$${encodeBase64(hash.salt)}$${encodeBase64(hash.hash)}`;
}

type Three = [number, number, number];

const CRYPT_DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** crypt(3) writes numbers in six-bit digits, the lowest first. */
function cryptNumber(digits: string): number {
  return [...digits].reduceRight((sum, digit) => sum * 64 + CRYPT_DIGITS.indexOf(digit), 0);
}

/** Bytes go in threes into four digits, and two bytes that are left into three. */
function cryptBytes(text: string): Buffer {
  const groups = text.match(/.{1,4}/g) ?? [];
  return Buffer.concat(
    groups.map((group) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(cryptNumber(group));
      return bytes.subarray(0, group.length - 1);
    }),
  );
}
