/**
 * Blind indexes: a keyed digest that finds a value without storing it. Equal values give equal digests
 * within one context, and nothing can be compared across contexts.
 */
import { createHmac, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { SecretRefusedError } from '../errors.ts';
import { deriveKey, lengthPrefixed } from '../keys/derive-key.ts';
import type { KeyRing } from '../keys/key-ring.ts';

/** How a value is brought to one form before it is digested: as it is, or trimmed and in lower case. NFC always. */
export type Normalisation = 'exact' | 'lower-case';

/** A value to index, or several that are only found together, in this order: `[lastName, dateOfBirth]`. */
export type IndexedValue = string | readonly string[];

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
const scryptAsync = promisify<string | Buffer, Buffer, number, typeof SCRYPT, Buffer>(scrypt);

/**
 * Digests a value for look-up: `bi1:<key id>:<digest>` (HMAC-SHA-256) or, slow, `bis1:<key id>:<digest>` (scrypt).
 * Several values are digested as one, each with its length before it, so that no two lists give the same bytes.
 *
 * The digest is whole on purpose. A truncated one makes equal what is not, so every look-up would have to decrypt and
 * compare, and no UNIQUE could stand on it; it hides who shares a value only where nearly all values collide.
 *
 * @throws {SecretRefusedError} when a value is empty or not well-formed Unicode.
 * @throws {UnknownKeyError} when `keyId` is not in the key ring.
 *
 * @example
 * ```ts
 * const index = await blindIndex('0x1A2B3C4D', { keyRing, context: 'credentials.token', slow: true });
 * await db.query('SELECT id FROM credentials WHERE token_lookup = $1', [index]);
 * await blindIndex(['Doe', '2019-04-01'], { keyRing, context: 'children.name-and-birth' });
 * ```
 */
export async function blindIndex(value: IndexedValue, options: BlindIndexOptions): Promise<string> {
  const { keyRing, context, slow = false, normalise = 'exact', keyId } = options;
  const parts = typeof value === 'string' ? [value] : value;
  const normalised = parts.map((part) => normaliseValue(part, normalise));
  const { id, key } =
    keyId === undefined ? keyRing.current('blindIndex') : keyRing.find('blindIndex', keyId);
  const purpose = `db-security blind index v1 ${slow ? 'slow' : 'fast'}`;
  const digest =
    typeof value === 'string'
      ? await digestWith(deriveKey(key, purpose, context), normalised.join(), slow)
      : await digestWith(
          deriveKey(key, `${purpose} compound`, context),
          lengthPrefixed(normalised),
          slow,
        );
  return `${slow ? 'bis1' : 'bi1'}:${id}:${digest.toString('base64url')}`;
}

function normaliseValue(value: string, normalise: Normalisation): string {
  const text =
    normalise === 'lower-case'
      ? value.normalize('NFC').trim().toLowerCase()
      : value.normalize('NFC');
  if (text !== '' && value.isWellFormed()) return text;
  throw new SecretRefusedError(
    'The value to index is empty or not well-formed Unicode. Index only values that can be looked up.',
  );
}

/** The digest itself: what an attacker with the key computes for each value that is tried. */
export async function digestWith(
  key: Buffer,
  input: string | Buffer,
  slow: boolean,
): Promise<Buffer> {
  return slow
    ? scryptAsync(input, key, DIGEST_BYTES, SCRYPT)
    : createHmac('sha256', key).update(input).digest();
}
