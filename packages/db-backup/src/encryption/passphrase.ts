/**
 * The passphrase of an age file (its scrypt stanza), by the scrypt of Node.js: the one of `age-encryption` runs in
 * JavaScript and holds up everything else meanwhile. See the age specification, "The scrypt recipient type".
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Identity, Recipient, Stanza } from 'age-encryption';
import { BackupDamagedError } from '../errors.ts';

/** What `age` itself writes: 256 MiB and about a second. A header that asks for more is not obeyed. */
const WORK_FACTOR = 18;
const MEMORY_BYTES = 2 ** WORK_FACTOR * 1024 + (1 << 20);
const LABEL = 'age-encryption.org/v1/scrypt';
const SALT_BYTES = 16;
const FILE_KEY_BYTES = 16;
const TAG_BYTES = 16;
const NO_NONCE = Buffer.alloc(12);

const deriveKey = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** Wraps the key of a file with a passphrase. */
export function passphraseRecipient(
  passphrase: string,
  newStanza: (args: string[], body: Uint8Array) => Stanza,
): Recipient {
  return {
    async wrapFileKey(fileKey) {
      const salt = randomBytes(SALT_BYTES);
      const key = await keyOf(passphrase, salt, WORK_FACTOR);
      const cipher = createCipheriv('chacha20-poly1305', key, NO_NONCE, {
        authTagLength: TAG_BYTES,
      });
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
      return [newStanza(['scrypt', unpadded(salt), String(WORK_FACTOR)], body)];
    },
  };
}

/** Unwraps what `passphraseRecipient`, or `age --passphrase`, wrapped. */
export function passphraseIdentity(passphrase: string): Identity {
  return {
    async unwrapFileKey(stanzas) {
      const stanza = stanzas.find(({ args }) => args[0] === 'scrypt');
      if (!stanza) return null;
      const [, saltText = '', factorText = ''] = stanza.args;
      const salt = Buffer.from(saltText, 'base64');
      const factor = /^[1-9]\d?$/.test(factorText) ? Number(factorText) : Number.POSITIVE_INFINITY;
      // With others beside it, somebody else could have made the file: the specification wants it alone.
      const isSound =
        stanzas.length === 1 &&
        stanza.args.length === 3 &&
        salt.length === SALT_BYTES &&
        stanza.body.length === FILE_KEY_BYTES + TAG_BYTES;
      if (!isSound || factor > WORK_FACTOR) {
        throw new BackupDamagedError(
          `A file of the backup asks for ${isSound ? `a scrypt work factor of ${factorText}; ${WORK_FACTOR} is the most that is allowed` : 'a passphrase in a way that age does not know'}. Do not trust it; use another backup.`,
        );
      }
      const key = await keyOf(passphrase, salt, factor);
      const decipher = createDecipheriv('chacha20-poly1305', key, NO_NONCE, {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(stanza.body.subarray(FILE_KEY_BYTES));
      const fileKey = decipher.update(stanza.body.subarray(0, FILE_KEY_BYTES));
      try {
        decipher.final();
        return fileKey;
      } catch {
        return null;
      }
    },
  };
}

function keyOf(passphrase: string, salt: Buffer, workFactor: number): Promise<Buffer> {
  const labelled = Buffer.concat([Buffer.from(LABEL), salt]);
  return deriveKey(passphrase, labelled, 32, {
    N: 2 ** workFactor,
    r: 8,
    p: 1,
    maxmem: MEMORY_BYTES,
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
