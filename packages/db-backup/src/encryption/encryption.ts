/**
 * Whom a backup is encrypted for: the owners of public keys of age (`age1…`), or whoever knows a passphrase. The
 * machine that takes backups needs nothing secret for the former.
 */
export type BackupEncryption =
  | { readonly recipients: readonly string[] }
  | { readonly passphrase: string };

/** What opens an encrypted backup: a secret key of age (`AGE-SECRET-KEY-1…`), or a passphrase. */
export type BackupIdentity = string | { readonly passphrase: string };
