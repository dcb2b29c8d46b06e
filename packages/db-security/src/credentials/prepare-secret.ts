/**
 * Turns a secret into what bcrypt is given. bcrypt reads 72 bytes and no more, so a longer secret is
 * either refused or, with a pepper, digested first; nothing is ever cut off in silence.
 */
import { createHmac } from 'node:crypto';
import { SecretRefusedError } from '../errors.ts';
import type { NamedKey } from '../keys/key-ring.ts';
import { identifyHash } from './stored-hash.ts';

/** What bcrypt reads at most. */
const BCRYPT_LIMIT_BYTES = 72;
/** Longer input than this is no password; it is refused before any work is done. */
const INPUT_LIMIT_BYTES = 4096;

/**
 * Why this text cannot be a secret, in two halves, or undefined when it can.
 * `peppered` lifts the limit of 72 bytes.
 */
export function whyRefused(secret: string, peppered: boolean): string | undefined {
  if (secret === '') return 'The secret is empty. Ask for one with at least one character.';
  if (!secret.isWellFormed()) {
    return 'The secret is not well-formed Unicode. Read it as UTF-8 and refuse what does not decode.';
  }
  if (secret.includes('\0')) return 'The secret contains a NUL. Refuse such input.';
  const bytes = Buffer.byteLength(secret.normalize('NFC'), 'utf8');
  if (bytes > INPUT_LIMIT_BYTES) {
    return `The secret is longer than ${INPUT_LIMIT_BYTES} bytes. Refuse such input.`;
  }
  if (!peppered && bytes > BCRYPT_LIMIT_BYTES) {
    return `The secret is longer than ${BCRYPT_LIMIT_BYTES} bytes, which bcrypt would cut off. Pass a key ring, so that it is digested first, or refuse it.`;
  }
  return undefined;
}

/**
 * The text to hash: NFC, and with a pepper base64(HMAC-SHA-384), whose 64 characters fit into bcrypt.
 *
 * @throws {SecretRefusedError} when the secret is empty, ill-formed, too long, has a NUL, or is a hash.
 */
export function prepareSecret(secret: string, pepper: NamedKey | undefined): string {
  const refused = whyRefused(secret, pepper !== undefined);
  if (refused !== undefined) throw new SecretRefusedError(refused);
  if (identifyHash(secret) !== undefined) {
    throw new SecretRefusedError(
      'The secret is itself a hash. Store it as it is, or use ensureHashed.',
    );
  }
  return digestSecret(secret, pepper);
}

/** {@link prepareSecret} without its checks: for a secret that {@link whyRefused} has let through. */
export function digestSecret(secret: string, pepper: NamedKey | undefined): string {
  const normalised = secret.normalize('NFC');
  return pepper === undefined
    ? normalised
    : createHmac('sha384', pepper.key).update(normalised, 'utf8').digest('base64');
}
