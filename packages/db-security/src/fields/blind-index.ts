/**
 * Blind indexes: a keyed digest that finds a value without storing it. Equal values give equal digests
 * within one context, and nothing can be compared across contexts.
 */
import { createHmac, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { SecretRefusedError } from '../errors.ts';
import { deriveKey } from '../keys/derive-key.ts';
import type { KeyRing } from '../keys/key-ring.ts';

/** How a value is brought to one form before it is digested: as it is, or trimmed and in lower case. NFC always. */
export type Normalisation = 'exact' | 'lower-case';

/** How a blind index is made. Whoever looks a value up must use what it was stored with. */
export interface BlindIndexOptions {
  readonly keyRing: KeyRing;
  /** Logical name of what is indexed, such as `credentials.token`. Each has a key of its own. */
  readonly context: string;
  /**
   * For values with few possibilities (a card number of 32 bits): scrypt with N = 32768, r = 8, about 0.1 s
   * and 32 MiB, off the event loop, so that enumerating them costs years even with the key.
   * @default false
   */
  readonly slow?: boolean | undefined;
  /** @default 'exact' */
  readonly normalise?: Normalisation | undefined;
  /** An older key, to find what was indexed before a rotation. @default the current key */
  readonly keyId?: string | undefined;
}

const SCRYPT = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const DIGEST_BYTES = 32;
const scryptAsync = promisify<string, Buffer, number, typeof SCRYPT, Buffer>(scrypt);

/**
 * Digests a value for look-up: `bi1:<key id>:<digest>` (HMAC-SHA-256) or, slow, `bis1:<key id>:<digest>` (scrypt).
 *
 * @throws {SecretRefusedError} when the value is empty or not well-formed Unicode.
 *
 * @example
 * ```ts
 * const index = await blindIndex('0x1A2B3C4D', { keyRing, context: 'credentials.token', slow: true });
 * await db.query('SELECT id FROM credentials WHERE token_lookup = $1', [index]);
 * ```
 */
export async function blindIndex(value: string, options: BlindIndexOptions): Promise<string> {
  const { keyRing, context, slow = false, normalise = 'exact', keyId } = options;
  const normalised =
    normalise === 'lower-case'
      ? value.normalize('NFC').trim().toLowerCase()
      : value.normalize('NFC');
  if (normalised === '' || !value.isWellFormed()) {
    throw new SecretRefusedError(
      'The value to index is empty or not well-formed Unicode. Index only values that can be looked up.',
    );
  }
  const { id, key } =
    keyId === undefined ? keyRing.current('blindIndex') : keyRing.find('blindIndex', keyId);
  const derived = deriveKey(key, `db-security blind index v1 ${slow ? 'slow' : 'fast'}`, context);
  const digest = slow
    ? await scryptAsync(normalised, derived, DIGEST_BYTES, SCRYPT)
    : createHmac('sha256', derived).update(normalised, 'utf8').digest();
  return `${slow ? 'bis1' : 'bi1'}:${id}:${digest.toString('base64url')}`;
}
