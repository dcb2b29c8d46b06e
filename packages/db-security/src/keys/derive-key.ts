import { hkdfSync } from 'node:crypto';

/**
 * Derives a 32-byte key that only serves one purpose and one context (HKDF-SHA-256, RFC 5869).
 * The salt is empty because the input is already a uniformly random key.
 */
export function deriveKey(key: Buffer, ...info: readonly string[]): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), lengthPrefixed(info), 32));
}

/** Joins texts so that no two different lists give the same bytes. */
export function lengthPrefixed(parts: readonly string[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
