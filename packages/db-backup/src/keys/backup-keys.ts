/**
 * The key file of backups: an identity file as `age` itself reads it, with the signing key in a comment. Whoever has
 * it can read and forge backups; without it, encrypted ones are lost. A machine that only takes backups needs no
 * identity: the recipient is enough, and for signing a copy of this file without its AGE-SECRET-KEY line.
 */
import type { KeyObject } from 'node:crypto';
import { BackupKeyError } from '../errors.ts';
import {
  generateSigningKey,
  parseSigningKey,
  publicKeyOf,
  serialiseSigningKey,
} from '../signing/signing-key.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

/** What may be known to everyone. */
export interface PublicBackupKeys {
  /** Encrypts: `age1…`. */
  readonly recipient: string;
  /** Verifies signatures: `ed25519:…`. */
  readonly publicKey: string;
}

/** What a key file holds, as the options of `createBackup`, `verifyBackup` and `restoreBackup` take it. */
export interface BackupKeys {
  /** Secret keys of age; empty on a machine that only signs. */
  readonly identities: readonly string[];
  /** The first signing key of the file; absent where it has none. */
  readonly signingKey?: KeyObject;
  /** Public halves of all its signing keys; absent where it has none, so that no signature is demanded then. */
  readonly trustedKeys?: readonly string[];
}

/**
 * Makes an identity and a signing key, and writes them into a new file of mode 0600.
 *
 * @throws BackupKeyError when the file exists or cannot be written
 * @example
 * ```ts
 * const { recipient, publicKey } = await createBackupKeys('/safe/place/backup.keys');
 * ```
 */
export async function createBackupKeys(path: string): Promise<PublicBackupKeys> {
  const { generateX25519Identity, identityToRecipient } = await import('age-encryption');
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const signingKey = generateSigningKey();
  const publicKey = publicKeyOf(signingKey);
  const lines = [
    `# Keys of tothub-db backups, made ${new Date().toISOString()}. Keep this file apart from the backups:`,
    '# whoever has it can read and forge them, and without it nobody can read them.',
    `# recipient: ${recipient}`,
    identity,
    `# public key: ${publicKey}`,
    '# The next line is secret too. It signs, and is a comment so that age can read this file.',
    `# ${serialiseSigningKey(signingKey)}`,
  ];
  await writePrivateFile(path, `${lines.join('\n')}\n`);
  return { recipient, publicKey };
}

/**
 * Reads a key file. One that `age-keygen` made will do, also several put together; the first signing key signs.
 *
 * @throws BackupKeyError when it is missing, open to others, or holds something else
 */
export async function readBackupKeys(path: string): Promise<BackupKeys> {
  const identities: string[] = [];
  const signingKeys: KeyObject[] = [];
  for (const [index, line] of (await readPrivateFile(path)).split('\n').entries()) {
    const text = line.trim();
    const secret = text.replace(/^#\s*/, '');
    if (secret.startsWith('TOTHUB-SIGNING-KEY-')) {
      const key = parseSigningKey(secret);
      if (!key) throw unreadable(path, index);
      signingKeys.push(key);
    } else if (text.startsWith('AGE-SECRET-KEY-1')) {
      identities.push(text);
    } else if (text !== '' && !text.startsWith('#')) {
      throw unreadable(path, index);
    }
  }
  if (identities.length === 0 && signingKeys.length === 0) {
    throw new BackupKeyError(`${path} holds no key. Name the file that "backup keys init" wrote.`);
  }
  const [signingKey] = signingKeys;
  if (!signingKey) return { identities };
  return { identities, signingKey, trustedKeys: signingKeys.map(publicKeyOf) };
}

/**
 * Reads a passphrase, the first line of a file of mode 0600.
 *
 * @throws BackupKeyError when it is missing, open to others or empty
 */
export async function readPassphraseFile(path: string): Promise<string> {
  const [passphrase = ''] = (await readPrivateFile(path)).split(/\r?\n/);
  if (passphrase === '') {
    throw new BackupKeyError(`The first line of ${path} is empty. Write the passphrase into it.`);
  }
  return passphrase;
}

/** Says which line, never what is in it. */
function unreadable(path: string, index: number): BackupKeyError {
  return new BackupKeyError(
    `Line ${index + 1} of ${path} is no key of age and no signing key. Name the file that "backup keys init" or age-keygen wrote.`,
  );
}
