import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { InvalidInputError } from '@tothub/db-core';

/**
 * Cursors as clients get them. A cursor holds the columns that its list is ordered by, names of children among them,
 * and what stands in a URL ends up in the logs of others; so it leaves the server sealed.
 */
export interface SealedCursors {
  seal(cursor: string): string;
  /** @throws InvalidInputError for what was not sealed here */
  open(sealed: string): string;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals with keys made from a secret that every process of the server knows. The same cursor is always sealed to the
 * same word: the nonce is a keyed digest of the cursor (as in RFC 5297), so it repeats only together with the cursor.
 */
export function sealedCursors(secret: string): SealedCursors {
  const key = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `cursor ${purpose}`, 32));
  const [nonceKey, cipherKey] = [key('nonce'), key('cipher')];
  return {
    seal(cursor) {
      const nonce = createHmac('sha256', nonceKey).update(cursor).digest().subarray(0, NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, cipherKey, nonce, { authTagLength: TAG_BYTES });
      const text = Buffer.concat([cipher.update(cursor, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      const text = NONCE_BYTES + TAG_BYTES;
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv(CIPHER, cipherKey, nonce, { authTagLength: TAG_BYTES });
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, text));
        return decipher.update(bytes.subarray(text), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        throw new InvalidInputError(
          'The cursor is not one of this server. Start again from the first page.',
        );
      }
    },
  };
}
