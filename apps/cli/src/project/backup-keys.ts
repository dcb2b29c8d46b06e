/** Whom backups are encrypted for, what opens and signs them: from options and environment, never a secret in either. */
import {
  type BackupEncryption,
  type BackupIdentity,
  type CreateBackupOptions,
  readBackupKeys,
  readPassphraseFile,
} from '@tothub/db-backup';
import type { Command } from 'commander';
import { usageError } from '../exit.ts';

/** Options of commands that take or open backups. */
export interface BackupKeyOptions {
  readonly recipient?: readonly string[];
  readonly passphraseFile?: string;
  readonly backupKeys?: string;
  readonly trustedKey?: readonly string[];
}

/** As the functions of db-backup take it. */
export interface OpenedBackupKeys {
  readonly encryption?: BackupEncryption;
  readonly identities?: readonly BackupIdentity[];
  readonly signingKey?: NonNullable<CreateBackupOptions['signingKey']>;
  /** Signatures are demanded where a signing key, or the public half of one, is configured. */
  readonly trustedKeys?: readonly string[];
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `--recipient`: whom to encrypt for. */
export function withRecipientOption(command: Command): Command {
  return command.option(
    '--recipient <age1…>',
    'encrypt for this public key; may be repeated (or TOTHUB_BACKUP_RECIPIENTS)',
    collect,
  );
}

/** `--backup-keys`, `--passphrase-file` and `--trusted-key`. */
export function withBackupKeyOptions(command: Command): Command {
  return command
    .option(
      '--backup-keys <file>',
      'what opens and signs backups (or TOTHUB_BACKUP_KEYS_FILE); backup keys init makes it',
    )
    .option(
      '--passphrase-file <file>',
      'passphrase of the backups, in a file of mode 0600 (or TOTHUB_BACKUP_PASSPHRASE_FILE)',
    )
    .option(
      '--trusted-key <ed25519:…>',
      'demand the signature of this public key; may be repeated (or TOTHUB_BACKUP_TRUSTED_KEYS)',
      collect,
    );
}

/**
 * Reads the files that options and environment name.
 *
 * @throws CliError (exit 2) when recipients and a passphrase are both given
 * @throws BackupKeyError when a file is missing, open to others or holds something else
 */
export async function openBackupKeys(options: BackupKeyOptions): Promise<OpenedBackupKeys> {
  const recipients = listOf(options.recipient, 'TOTHUB_BACKUP_RECIPIENTS');
  const passphraseFile = options.passphraseFile ?? fromEnvironment('TOTHUB_BACKUP_PASSPHRASE_FILE');
  const keyFile = options.backupKeys ?? fromEnvironment('TOTHUB_BACKUP_KEYS_FILE');
  if (recipients.length > 0 && passphraseFile !== undefined)
    throw usageError(
      'Recipients and a passphrase file were both given.',
      'An age file opens with keys or with a passphrase, never with both: leave one out.',
    );
  const passphrase =
    passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile);
  const keys = keyFile === undefined ? undefined : await readBackupKeys(keyFile);
  const identities: BackupIdentity[] = [
    ...(keys?.identities ?? []),
    ...(passphrase === undefined ? [] : [{ passphrase }]),
  ];
  const trustedKeys = [
    ...(keys?.trustedKeys ?? []),
    ...listOf(options.trustedKey, 'TOTHUB_BACKUP_TRUSTED_KEYS'),
  ];
  return {
    ...(recipients.length > 0 && { encryption: { recipients } }),
    ...(passphrase !== undefined && { encryption: { passphrase } }),
    ...(identities.length > 0 && { identities }),
    ...(keys?.signingKey && { signingKey: keys.signingKey }),
    ...(trustedKeys.length > 0 && { trustedKeys }),
  };
}

/** The same, where the command opens the backup that it takes: then what opens it must be there too. */
export async function openBackupKeysForProof(options: BackupKeyOptions): Promise<OpenedBackupKeys> {
  const keys = await openBackupKeys(options);
  if (keys.encryption && !keys.identities)
    throw usageError(
      'The backup would be encrypted, and nothing that opens it was named: it could not be proven.',
      'Name the key file with --backup-keys or TOTHUB_BACKUP_KEYS_FILE.',
    );
  return keys;
}

/** What a key file and a backup have in common, in a few words for people. */
export function describeProtection({ encryption, signingKey }: OpenedBackupKeys): string {
  const encrypted = !encryption
    ? 'not encrypted'
    : 'passphrase' in encryption
      ? 'encrypted with a passphrase'
      : `encrypted for ${encryption.recipients.length} recipient${encryption.recipients.length === 1 ? '' : 's'}`;
  return `${encrypted}, ${signingKey ? 'signed' : 'not signed'}`;
}

function listOf(flags: readonly string[] | undefined, variable: string): readonly string[] {
  return (
    flags ??
    fromEnvironment(variable)
      ?.split(/[\s,]+/)
      .filter((each) => each !== '') ??
    []
  );
}

function fromEnvironment(variable: string): string | undefined {
  return process.env[variable] || undefined;
}
