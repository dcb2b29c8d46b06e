/**
 * How much of a backup was proven, each level with all of those before it. `sealed`: every file is what the manifest
 * says, and signed where that is demanded. `readable`: the whole archive was decrypted, decompressed and read.
 * `restored`: a server took all of it. `identical`: what it took has the catalog, rows, contents, sequences and large
 * objects of the source.
 */
export type VerificationLevel = 'sealed' | 'readable' | 'restored' | 'identical';

/** From the least to the most. */
export const VERIFICATION_LEVELS: readonly VerificationLevel[] = [
  'sealed',
  'readable',
  'restored',
  'identical',
];

/** True where one level proves at least as much as another. */
export function provesAtLeast(level: VerificationLevel, wanted: VerificationLevel): boolean {
  return VERIFICATION_LEVELS.indexOf(level) >= VERIFICATION_LEVELS.indexOf(wanted);
}
