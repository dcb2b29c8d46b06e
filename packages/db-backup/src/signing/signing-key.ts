/**
 * Ed25519 keys that sign manifests and receipts. Everyone may hold the public key, `ed25519:` and 43 characters; its
 * id, sixteen hexadecimal digits of its SHA-256, stands in what was signed.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import {
  BackupKeyError,
  SignatureInvalidError,
  SignatureMissingError,
  UntrustedKeyError,
} from '../errors.ts';
import type { Sealed, Signer } from '../storage/sealed-json.ts';

const PUBLIC_KEY = /^ed25519:([A-Za-z0-9_-]{43})$/;
const SECRET_KEY = /^TOTHUB-SIGNING-KEY-1:([A-Za-z0-9_-]{43}):([A-Za-z0-9_-]{43})$/;

/** Makes a new signing key. */
export function generateSigningKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

/** The public key that belongs to a signing key, as text. @throws BackupKeyError when it is no Ed25519 key */
export function publicKeyOf(key: KeyObject): string {
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new BackupKeyError(
      'The signing key is not an Ed25519 key. Make one with "backup keys init".',
    );
  }
  return `ed25519:${key.export({ format: 'jwk' }).x}`;
}

/** Text of a signing key for a key file. */
export function serialiseSigningKey(key: KeyObject): string {
  const { d, x } = key.export({ format: 'jwk' });
  return `TOTHUB-SIGNING-KEY-1:${d}:${x}`;
}

/** Reads what `serialiseSigningKey` printed; undefined when it is something else. */
export function parseSigningKey(text: string): KeyObject | undefined {
  const [, d, x] = SECRET_KEY.exec(text) ?? [];
  if (d === undefined || x === undefined) return undefined;
  try {
    return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Signs in the name of a key. @throws BackupKeyError when it is not the private half of an Ed25519 key */
export function createSigner(key: KeyObject): Signer {
  const keyId = keyIdOf(publicKeyOf(key));
  if (key.type !== 'private') {
    throw new BackupKeyError(
      'The signing key is a public key, which cannot sign. Give the private one.',
    );
  }
  return { keyId, sign: (text) => sign(null, Buffer.from(text), key).toString('hex') };
}

/**
 * Refuses what no trusted key signed.
 *
 * @throws SignatureMissingError, UntrustedKeyError, SignatureInvalidError
 * @throws BackupKeyError when a trusted key is none
 */
export function assertSigned(
  { signed }: Pick<Sealed<unknown>, 'signed'>,
  path: string,
  trustedKeys: readonly string[],
): void {
  const trusted = new Map(trustedKeys.map((text) => [keyIdOf(text), publicKey(text)]));
  if (!signed) throw new SignatureMissingError(path);
  const key = trusted.get(signed.keyId);
  if (!key) throw new UntrustedKeyError(path, signed.keyId);
  const fits = verify(null, Buffer.from(signed.text), key, Buffer.from(signed.signature, 'hex'));
  if (!fits) throw new SignatureInvalidError(path, signed.keyId);
}

/** Sixteen hexadecimal digits that name a public key. */
export function keyIdOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function publicKey(text: string): KeyObject {
  const [, x] = PUBLIC_KEY.exec(text) ?? [];
  try {
    if (x !== undefined) {
      return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    }
  } catch {
    // Said below, without the text: it may be a secret key by mistake.
  }
  throw new BackupKeyError(
    'A trusted key is not the public part of a signing key. Copy it again: "ed25519:" and 43 characters, as "backup keys init" printed it.',
  );
}
