import { hkdfSync } from 'node:crypto';

/** Derived keys by the key that they come from and what they are for; forgotten with the ring, and all at once when many. */
const derived = new WeakMap<Buffer, Map<string, Buffer>>();
const KEPT_COUNT = 1_000;

/**
 * Derives a 32-byte key that only serves one purpose and one context (HKDF-SHA-256, RFC 5869).
 * The salt is empty because the input is already a uniformly random key.
 */
export function deriveKey(key: Buffer, ...info: readonly string[]): Buffer {
  const context = lengthPrefixed(info);
  const kept = derived.get(key) ?? new Map<string, Buffer>();
  const name = context.toString('latin1');
  const known = kept.get(name);
  if (known !== undefined) return known;
  const fresh = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), context, 32));
  if (kept.size >= KEPT_COUNT) kept.clear();
  derived.set(key, kept.set(name, fresh));
  return fresh;
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
