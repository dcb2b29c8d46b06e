/**
 * JSON that notices every edit. Its last member, `seal`, is the SHA-256 of the very text with 64 zeros in its place:
 * that guards against accidents and careless hands. Before it may stand a `signature` (key id and Ed25519 signature) of
 * the text with zeros in both places, which guards against a forger.
 */
import { createHash } from 'node:crypto';
import { BackupDamagedError } from '../errors.ts';

const EMPTY_SEAL = '0'.repeat(64);
const EMPTY_SIGNATURE = '0'.repeat(128);
const SEAL_LINE = /\n {2}"seal": "([0-9a-f]{64})"\n\}\n$/;
const SIGNATURE_LINE =
  /\n {2}"signature": "([0-9a-f]{16}):([0-9a-f]{128})",(?=\n {2}"seal": "[0-9a-f]{64}"\n\}\n$)/;

/** Signs a text with a key that has a name. */
export interface Signer {
  readonly keyId: string;
  /** The Ed25519 signature, as 128 hexadecimal digits. */
  sign(text: string): string;
}

/** Who signed what. */
export interface Signed {
  readonly keyId: string;
  readonly signature: string;
  readonly text: string;
}

/** What a sealed text held. */
export interface Sealed<T> {
  readonly value: T;
  /** Null where the text bears no signature. Whether the signature fits is not known yet. */
  readonly signed: Signed | null;
}

/** Text of a value under a seal, signed where a signer is given. `what` keeps one kind of file from passing for another. */
export function sealJson(value: object, what: string, signer?: Signer): string {
  const signature = signer && { signature: `${signer.keyId}:${EMPTY_SIGNATURE}` };
  let text = `${JSON.stringify({ ...value, ...signature, seal: EMPTY_SEAL }, null, 2)}\n`;
  if (signer) {
    const found = signer.sign(signedText(text, what));
    text = text.replace(SIGNATURE_LINE, (line) => line.replace(EMPTY_SIGNATURE, found));
  }
  return text.replace(SEAL_LINE, (line) => line.replace(EMPTY_SEAL, sha256(text)));
}

/** Parses what `sealJson` wrote. @throws BackupDamagedError when anything was changed since. */
export function openSealedJson<T>(text: string, what: string): Sealed<T> {
  const seal = SEAL_LINE.exec(text)?.[1];
  if (seal !== undefined) {
    const unsealed = text.replace(SEAL_LINE, (line) => line.replace(seal, EMPTY_SEAL));
    if (sha256(unsealed) === seal)
      return { value: JSON.parse(text), signed: signedIn(unsealed, what) };
  }
  throw new BackupDamagedError(
    `${what} was cut off or edited: its seal does not fit. Do not rely on this backup; take a new one.`,
  );
}

function signedIn(unsealed: string, what: string): Signed | null {
  const [, keyId, signature] = SIGNATURE_LINE.exec(unsealed) ?? [];
  if (keyId === undefined || signature === undefined) return null;
  const text = unsealed.replace(SIGNATURE_LINE, (line) => line.replace(signature, EMPTY_SIGNATURE));
  return { keyId, signature, text: signedText(text, what) };
}

function signedText(text: string, what: string): string {
  return `tothub-db backup ${what}\n${text}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
