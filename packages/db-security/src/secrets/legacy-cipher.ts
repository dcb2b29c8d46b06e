/**
 * Opens AES-256-CBC ciphertexts in hexadecimal that older code wrote, without knowing which of the usual
 * ways it derived its key. CBC proves nothing, so a result only counts when it looks as it must.
 */
import { createDecipheriv, createHash, scryptSync } from 'node:crypto';

const BLOCK_BYTES = 16;
const NO_IV = Buffer.alloc(BLOCK_BYTES);

interface Scheme {
  readonly key: Buffer;
  /** The fixed IV, or undefined when it stands before the ciphertext. */
  readonly iv: Buffer | undefined;
}

/** Opens one ciphertext: the plaintext, or undefined when no scheme gives an acceptable one. */
export type LegacyDecrypt = (hex: string, accept: RegExp) => string | undefined;

/**
 * Prepares the schemes for a passphrase: OpenSSL's EVP_BytesToKey (MD5, no salt), as in Node's former
 * `createCipher`; then the passphrase as key (32 bytes raw, hexadecimal or base64), SHA-256 and scrypt of it,
 * with an IV of zeros or one before the ciphertext.
 */
export function createLegacyDecrypt(passphrase: string): LegacyDecrypt {
  const schemes = schemesFor(passphrase);
  return (hex, accept) => {
    if (!/^(?:[0-9a-f]{32})+$/i.test(hex)) return undefined;
    const bytes = Buffer.from(hex, 'hex');
    for (const { key, iv } of schemes) {
      if (iv === undefined && bytes.length < 2 * BLOCK_BYTES) continue;
      const plaintext =
        iv === undefined
          ? decrypt(key, bytes.subarray(0, BLOCK_BYTES), bytes.subarray(BLOCK_BYTES))
          : decrypt(key, iv, bytes);
      if (plaintext !== undefined && accept.test(plaintext)) return plaintext;
    }
    return undefined;
  };
}

function schemesFor(passphrase: string): Scheme[] {
  const derived = evpBytesToKey(passphrase);
  const keys = [
    ...[
      Buffer.from(passphrase, 'utf8'),
      Buffer.from(passphrase, 'hex'),
      Buffer.from(passphrase, 'base64'),
    ].filter((key) => key.length === 32),
    createHash('sha256').update(passphrase, 'utf8').digest(),
    scryptSync(passphrase, 'salt', 32),
    scryptSync(passphrase, '', 32),
  ];
  return [
    { key: derived.subarray(0, 32), iv: derived.subarray(32, 48) },
    ...keys.flatMap((key) => [
      { key, iv: undefined },
      { key, iv: NO_IV },
    ]),
  ];
}

function evpBytesToKey(passphrase: string): Buffer {
  const blocks: Buffer[] = [];
  while (blocks.length < 3) {
    const md5 = createHash('md5');
    const last = blocks.at(-1);
    if (last !== undefined) md5.update(last);
    blocks.push(md5.update(passphrase, 'utf8').digest());
  }
  return Buffer.concat(blocks);
}

function decrypt(key: Buffer, iv: Buffer, ciphertext: Buffer): string | undefined {
  const decipher = createDecipheriv('aes-256-cbc', key, iv);
  try {
    const plaintext = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    return new TextDecoder('utf-8', { fatal: true }).decode(plaintext);
  } catch {
    return undefined; // Wrong padding or no UTF-8: another scheme, or another key.
  }
}
