/**
 * What can go wrong with a backup, one class a cause. Messages have two halves (what happened, what to do
 * now) and never hold a password or a value of a row.
 */

/** Base of every error this package throws by itself. */
export abstract class BackupError extends Error {
  abstract readonly code: string;
  /** True when the same call may succeed later without any other change. */
  readonly isRetryable: boolean = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The connection string cannot be read, or has a value that PostgreSQL's tools could not be given safely. */
export class ConnectionStringError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_CONNECTION_STRING';
}

/** The server could not be reached or refused the login. */
export class ConnectionFailedError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_CONNECTION';
  override readonly isRetryable = true;
}

/** The address is that of a transaction pooler, which cannot hold the snapshot of a backup. */
export class PoolerConnectionError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_POOLER';
}

/** A table stayed locked by somebody else for longer than the lock timeout. */
export class TableLockedError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_LOCKED';
  override readonly isRetryable = true;
}

/**
 * Somebody queued up for a table in the moment between our lock and that of the dump: they wait for us and
 * the dump for them. Only taking the locks anew helps.
 */
export class LockQueueError extends TableLockedError {}

/** The role may not read everything, so that the backup would have holes. */
export class UnreadableObjectsError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_UNREADABLE';

  readonly objects: readonly string[];

  constructor(objects: readonly string[]) {
    super(
      `This role cannot read ${list(objects)}. Nothing was written. Connect as the owner of the database, or grant what is missing (SELECT, USAGE on the schema, BYPASSRLS where row-level security hides rows), or leave it out (excludeTables, skipUnreadable).`,
    );
    this.objects = objects;
  }
}

/** What to back up was named in a way that cannot be: no such table, a contradiction, something that others need. */
export class SelectionError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_SELECTION';
}

/** No engine fits this server on this machine. */
export class EngineUnavailableError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_ENGINE';
}

/** `pg_dump` or `pg_restore` failed. */
export class ToolFailedError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_TOOL';
}

/** A backup is not what its manifest says: truncated, altered, swapped or half-written. */
export class BackupDamagedError extends BackupError {
  readonly code: string = 'TOTHUB_BACKUP_CORRUPT';
}

/** Files of two backups stand in one folder. */
export class BackupSwappedError extends BackupDamagedError {
  override readonly code = 'TOTHUB_BACKUP_SWAPPED';

  constructor(path: string, file: string, owner: string) {
    super(
      `${file} in ${path} belongs to the backup ${owner}. Do not restore from it; use another backup, or give the folder its own name back if somebody renamed it.`,
    );
  }
}

/** A key, key file, recipient or passphrase that cannot be used. */
export class BackupKeyError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_KEY';
}

/** The backup is encrypted, and nothing to open it with was given. */
export class IdentityMissingError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_IDENTITY_MISSING';

  constructor(path: string) {
    super(
      `${path} is encrypted, and no identity was given. Name the key file that was made for these backups, or the file with their passphrase.`,
    );
  }
}

/** The backup is encrypted for others. */
export class WrongIdentityError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_IDENTITY_WRONG';

  constructor(path: string) {
    super(
      `${path} is encrypted for others: no identity that was given opens it. Use the key file or passphrase of the time when it was taken.`,
    );
  }
}

/** A signature was demanded, and there is none. */
export class SignatureMissingError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_UNSIGNED';

  constructor(path: string) {
    super(
      `${path} is not signed, and a signature is demanded. Take or verify the backup with the signing key, or use one that is signed.`,
    );
  }
}

/** Something is signed, by a key that is not trusted. */
export class UntrustedKeyError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_UNTRUSTED_KEY';

  constructor(path: string, keyId: string) {
    super(
      `${path} is signed by the key ${keyId}, which is not trusted. Do not rely on it, or name the public key if it is one of yours.`,
    );
  }
}

/** Something was changed after a trusted key signed it. */
export class SignatureInvalidError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_SIGNATURE';

  constructor(path: string, keyId: string) {
    super(
      `${path} was changed after the key ${keyId} signed it: the signature does not fit. Do not rely on it; find out who changed it.`,
    );
  }
}

/** The database to restore into already holds something. */
export class TargetNotEmptyError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_TARGET_NOT_EMPTY';

  readonly objects: readonly string[];

  constructor(objects: readonly string[]) {
    super(
      `The target database is not empty: it holds ${list(objects)}. Nothing was changed. Restore into a new database (CREATE DATABASE …).`,
    );
    this.objects = objects;
  }
}

/** A table that is to be added to a database is there already. */
export class TableExistsError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_TABLE_EXISTS';

  readonly tables: readonly string[];

  constructor(tables: readonly string[]) {
    super(
      `The target database already has ${list(tables)}. Nothing was changed. Restore into another schema (schema), or rename what is there.`,
    );
    this.tables = tables;
  }
}

/** Others are connected to the database that is to be restored into or exchanged. */
export class TargetInUseError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_TARGET_IN_USE';

  readonly sessions: readonly string[];

  constructor(database: string, sessions: readonly string[], options?: ErrorOptions) {
    super(
      `The database ${database} is in use by ${list(sessions) || 'somebody'}. Nothing was changed. Stop who uses it, or let the restore end their sessions (sessions: disconnect).`,
      options,
    );
    this.sessions = sessions;
  }
}

/** Another restore is at work in the database, or one of another backup was left unfinished in it. */
export class RestoreUnfinishedError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_RESTORE_UNFINISHED';
}

/** The target server lacks an extension or a role that the backup cannot do without. */
export class TargetLacksError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_TARGET_LACKS';
}

/** The backup began and failed: a lost connection, a full disk. Nothing of it was kept. */
export class BackupFailedError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_FAILED';
  override readonly isRetryable = true;
}

/** The restore began and failed. */
export class RestoreFailedError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_RESTORE';
}

/** The role may not create the scratch database that a verification needs. */
export class ScratchDatabaseError extends BackupError {
  readonly code = 'TOTHUB_BACKUP_SCRATCH';
}

/** Where the backups lie cannot be reached, refuses, or gives back something else than it was given. */
export class StorageError extends BackupError {
  readonly code: string = 'TOTHUB_BACKUP_STORAGE';
  override readonly isRetryable: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isRetryable?: boolean } = {}) {
    super(message, options);
    this.isRetryable = options.isRetryable ?? false;
  }
}

/** An address of a bucket that cannot be read. It is not shown, since somebody may have put a secret into it. */
export class StorageAddressError extends StorageError {
  override readonly code = 'TOTHUB_BACKUP_STORAGE_ADDRESS';

  constructor(what: string, options?: ErrorOptions) {
    super(
      `The address of the backups cannot be used: ${what}. Write s3://bucket/prefix?region=…, or the path of a folder.`,
      options,
    );
  }
}

/** This user, or these credentials, may not do there what was tried. */
export class StorageDeniedError extends StorageError {
  override readonly code = 'TOTHUB_BACKUP_STORAGE_DENIED';
}

/** Somebody else holds the lock on the backups. */
export class StorageLockedError extends StorageError {
  override readonly code = 'TOTHUB_BACKUP_STORAGE_LOCKED';
  override readonly isRetryable = true;
}

/** At most ten names, then how many more. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

/**
 * The error without the parts in which PostgreSQL quotes values of rows (`DETAIL`, `CONTEXT`), fit to be
 * a `cause`.
 */
export function withoutRowValues(error: unknown): unknown {
  if (error instanceof Error) {
    for (const property of ['detail', 'where', 'internalQuery'])
      Reflect.deleteProperty(error, property);
  }
  return error;
}

/** SQLSTATE or system error code of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return messageOf(error.errors[0]);
  }
  return error instanceof Error ? error.message : String(error);
}
