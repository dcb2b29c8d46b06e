import { createCipheriv, createHash } from 'node:crypto';

/** The passphrase under which the fixture's PINs and biometrics are encrypted. A fixture value, no secret. */
export const LEGACY_CIPHER_KEY = 'legacy-fixture-passphrase';

/** OpenSSL's EVP_BytesToKey with MD5, one round and no salt: what Node's former `createCipher` derived with. */
function deriveKeyAndIv(passphrase: string): { key: Buffer; iv: Buffer } {
  let block = Buffer.alloc(0);
  let derived = Buffer.alloc(0);
  while (derived.length < 48) {
    block = createHash('md5').update(block).update(passphrase, 'utf8').digest();
    derived = Buffer.concat([derived, block]);
  }
  return { key: derived.subarray(0, 32), iv: derived.subarray(32, 48) };
}

const { key, iv } = deriveKeyAndIv(LEGACY_CIPHER_KEY);

/** AES-256-CBC as hex: one block (32 digits) for up to 15 bytes, two (64 digits) for up to 31. */
export function legacyEncrypt(value: string): string {
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return cipher.update(value, 'utf8', 'hex') + cipher.final('hex');
}
