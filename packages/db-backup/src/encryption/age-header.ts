/**
 * The header of an age file, in which the key of the file is wrapped for everyone who may read it. This part is
 * left to `age-encryption`; it takes 200 ms to load, so only those load it who encrypt.
 */
import type { Encrypter } from 'age-encryption';
import {
  BackupDamagedError,
  BackupError,
  BackupKeyError,
  IdentityMissingError,
  WrongIdentityError,
} from '../errors.ts';
import type { BackupEncryption, BackupIdentity } from './encryption.ts';
import { passphraseIdentity, passphraseRecipient } from './passphrase.ts';

/** No honest header is longer: some three hundred recipients. */
export const MAX_HEADER_BYTES = 65_536;

/** A nonce and one empty chunk follow the header of an empty file. */
const EMPTY_PAYLOAD_BYTES = 32;

/** Public keys of X25519, the native kind that every version of age reads. Manual of age, "RECIPIENTS AND IDENTITIES". */
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;

/**
 * Checks whom a backup shall be encrypted for, before there is anything to encrypt.
 *
 * @throws BackupKeyError when somebody cannot be encrypted for, or nobody is named
 */
export async function assertEncryption(encryption: BackupEncryption): Promise<void> {
  await encrypterFor(encryption);
}

/** Makes a header and the key that it wraps, both new for every file. */
export async function createHeader(
  encryption: BackupEncryption,
): Promise<{ header: Buffer; fileKey: Uint8Array }> {
  const encrypter = await encrypterFor(encryption);
  let fileKey = new Uint8Array();
  // A recipient that adds nothing to the header: the library shows the key of the file to recipients only.
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const emptyFile = await encrypter.encrypt(new Uint8Array());
  const header = Buffer.from(emptyFile.subarray(0, emptyFile.length - EMPTY_PAYLOAD_BYTES));
  return { header, fileKey };
}

/**
 * Gives the key that a header wraps.
 *
 * @throws IdentityMissingError, WrongIdentityError when none of the identities opens it
 * @throws BackupDamagedError when it is no header, or was altered
 */
export async function openHeader(
  header: Uint8Array,
  identities: readonly BackupIdentity[] | undefined,
  path: string,
): Promise<Uint8Array> {
  if (!identities?.length) throw new IdentityMissingError(path);
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  for (const identity of identities) {
    try {
      decrypter.addIdentity(
        typeof identity === 'string' ? identity : passphraseIdentity(identity.passphrase),
      );
    } catch {
      throw new BackupKeyError(
        'An identity is not a secret key of age. Give what age-keygen or "backup keys init" made: AGE-SECRET-KEY-1….',
      );
    }
  }
  let isForOthers = false;
  // Asked last, so that it is reached only when no other identity fits.
  decrypter.addIdentity({
    unwrapFileKey() {
      isForOthers = true;
      return null;
    },
  });
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    if (isForOthers) throw new WrongIdentityError(path);
    if (error instanceof BackupError) throw error;
    throw new BackupDamagedError(
      `The header of ${path} was altered. Do not restore from it; use another backup.`,
      { cause: error },
    );
  }
}

async function encrypterFor(encryption: BackupEncryption): Promise<Encrypter> {
  const { Encrypter, Stanza } = await import('age-encryption');
  const encrypter = new Encrypter();
  if ('passphrase' in encryption) {
    if (encryption.passphrase === '')
      throw new BackupKeyError('The passphrase is empty. Give one.');
    encrypter.addRecipient(
      passphraseRecipient(encryption.passphrase, (args, body) => new Stanza(args, body)),
    );
    return encrypter;
  }
  if (encryption.recipients.length === 0) {
    throw new BackupKeyError('No recipient was named. Name one (age1…), or leave encryption out.');
  }
  for (const [index, recipient] of encryption.recipients.entries()) {
    try {
      if (!RECIPIENT.test(recipient)) throw new Error('not an X25519 recipient');
      encrypter.addRecipient(recipient);
    } catch (error) {
      // Never shown: it may be a secret key by mistake.
      throw new BackupKeyError(
        `Recipient ${index + 1} is not a public key of age: those begin with age1, have 62 characters and carry a checksum. Copy it again from what age-keygen or "backup keys init" printed.`,
        { cause: error },
      );
    }
  }
  return encrypter;
}
