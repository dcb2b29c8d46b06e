import { type BlindIndexOptions, blindIndex, type IndexedValue } from './blind-index.ts';

/** How candidates are made: as what is stored, by all keys or some. */
export interface BlindIndexCandidatesOptions extends Omit<BlindIndexOptions, 'keyId'> {
  /** @default all keys of the ring, the current one first */
  readonly keyIds?: readonly string[] | undefined;
}

/**
 * The blind indexes of a value under the current key and the older ones, for look-ups that find a row before, during
 * and after a rotation. A slow index costs its time for each key: take old keys out of the ring once
 * {@link rotateBlindIndex} says that it is complete.
 *
 * @throws {SecretRefusedError} when the value is empty or not well-formed Unicode.
 * @throws {UnknownKeyError} when one of `keyIds` is not in the key ring.
 *
 * @example
 * ```ts
 * const candidates = await blindIndexCandidates(token, { keyRing, context: 'credentials.token', slow: true });
 * await db.query('SELECT id FROM credentials WHERE token_lookup = ANY ($1)', [candidates]);
 * ```
 */
export async function blindIndexCandidates(
  value: IndexedValue,
  options: BlindIndexCandidatesOptions,
): Promise<string[]> {
  const { keyIds = options.keyRing.ids('blindIndex'), ...rest } = options;
  return Promise.all(keyIds.map((keyId) => blindIndex(value, { ...rest, keyId })));
}
