/**
 * What may be hashed at all. bcrypt reads 72 bytes and no more, so a longer secret is either refused or digested
 * first; nothing is ever cut off in silence.
 */
import { SecretRefusedError } from '../errors.ts';
import { identifyHash } from './stored-hash.ts';

/** What bcrypt reads at most. */
export const BCRYPT_LIMIT_BYTES = 72;
/** Longer input than this is no password; it is refused before any work is done. */
const INPUT_LIMIT_BYTES = 4096;
/** In NFC no text has less than two thirds of a byte for each unit it was typed with, so this is too long in any case. */
const INPUT_LIMIT_UNITS = 3 * INPUT_LIMIT_BYTES;

/**
 * Why this text cannot be a secret, in two halves, or undefined when it can.
 * `isUnlimited` lifts the limit of 72 bytes: the secret is digested first, or not hashed with bcrypt.
 */
export function whyRefused(secret: string, isUnlimited: boolean): string | undefined {
  if (secret === '') return 'The secret is empty. Ask for one with at least one character.';
  // Before anything that reads all of it: a request body of megabytes must not hold up the event loop.
  if (secret.length > INPUT_LIMIT_UNITS) return TOO_LONG;
  if (!secret.isWellFormed()) {
    return 'The secret is not well-formed Unicode. Read it as UTF-8 and refuse what does not decode.';
  }
  if (secret.includes('\0')) return 'The secret contains a NUL. Refuse such input.';
  const bytes = Buffer.byteLength(secret.normalize('NFC'), 'utf8');
  if (bytes > INPUT_LIMIT_BYTES) return TOO_LONG;
  if (!isUnlimited && bytes > BCRYPT_LIMIT_BYTES) {
    return `The secret is longer than ${BCRYPT_LIMIT_BYTES} bytes, which bcrypt would cut off. Pass a key ring or a prehashContext, so that it is digested first, or refuse it.`;
  }
  return undefined;
}

const TOO_LONG = `The secret is longer than ${INPUT_LIMIT_BYTES} bytes. Refuse such input.`;

/**
 * Why this text cannot be hashed as a new secret: what {@link whyRefused} says, or that it is a hash.
 */
export function whyNoSecret(secret: string, isUnlimited: boolean): string | undefined {
  return (
    whyRefused(secret, isUnlimited) ??
    // Also one that a file left with a line end.
    (identifyHash(secret.trim()) === undefined
      ? undefined
      : 'The secret is itself a hash. Store it as it is, or use ensureHashed.')
  );
}

/** @throws {SecretRefusedError} when the secret is empty, ill-formed, too long, has a NUL, or is a hash. */
export function assertSecret(secret: string, isUnlimited: boolean): void {
  const refused = whyNoSecret(secret, isUnlimited);
  if (refused !== undefined) throw new SecretRefusedError(refused);
}
