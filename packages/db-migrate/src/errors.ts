import type { CatalogDifference } from '@tothub/db-catalog';
import { formatDifference } from '@tothub/db-catalog';

/**
 * Every way a run can end badly, one class each. `code` never changes; `isRetryable` says whether the same call
 * may succeed later without anybody mending anything. No class carries a row value, a query text or a password.
 */
export abstract class MigrateError extends Error {
  abstract readonly code: `TOTHUB_MIGRATE_${string}`;
  /** True when the same call may succeed later, unchanged. */
  readonly isRetryable: boolean;

  constructor(message: string, options: { cause?: unknown; isRetryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.isRetryable = options.isRetryable ?? false;
  }
}

/** A migration file, its name or a directive in it cannot be used; nothing has been run. */
export class MigrationFileError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_FILE';
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;

  constructor(
    file: string,
    message: string,
    place: { line?: number; column?: number; cause?: unknown } = {},
  ) {
    const at = place.line === undefined ? '' : `:${place.line}`;
    super(`${file}${at}: ${message}`, { cause: place.cause });
    this.file = file;
    this.line = place.line ?? null;
    this.column = place.column ?? null;
  }
}

/** The server could not be reached, or refused the log-in. */
export class MigrationConnectionError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_CONNECTION';
  readonly sqlstate: string | null;

  constructor(
    message: string,
    options: { cause: unknown; isRetryable: boolean; sqlstate: string | null },
  ) {
    super(message, options);
    this.sqlstate = options.sqlstate;
  }
}

/** The connection goes through a transaction pooler, where a session lock protects nobody. */
export class TransactionPoolerError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_POOLER';
  /** The URL to use instead, its password masked; null where it cannot be derived. */
  readonly directUrl: string | null;

  constructor(evidence: string, directUrl: string | null) {
    super(
      `${evidence} Migrations need a session of their own. Connect ${
        directUrl === null ? 'straight to the server, past the pooler' : `to ${directUrl}`
      }.`,
    );
    this.directUrl = directUrl;
  }
}

/** Who holds the right to migrate, as far as this role may know. */
export interface LockHolder {
  /** Operating system process id of the other runner. */
  readonly processId: number | null;
  readonly host: string | null;
  readonly since: Date | null;
  /** Server process that holds the lock. */
  readonly backendPid: number | null;
  readonly applicationName: string | null;
}

/** Another runner held the lock for as long as this one was allowed to wait. */
export class MigrationLockedError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_LOCKED';
  readonly holder: LockHolder | null;

  constructor(message: string, holder: LockHolder | null) {
    super(message, { isRetryable: true });
    this.holder = holder;
  }
}

/** This runner no longer holds the lock, so it stopped before its next statement. */
export class RunnerLockLostError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_LOCK_LOST';

  constructor(what: string, cause?: unknown) {
    super(
      `${what} The run stopped before its next statement. Run the same command again; it resumes.`,
      {
        cause,
        isRetryable: true,
      },
    );
  }
}

/** The role may not create or use the ledger. */
export class LedgerPermissionError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_LEDGER_PERMISSION';
}

/** One thing that keeps the files and the ledger from telling the same story. */
export interface MigrationProblem {
  readonly kind:
    | 'edited'
    | 'missing'
    | 'out of order'
    | 'broken chain'
    | 'half reverted'
    | 'failed'
    | 'invalid index';
  readonly version: string | null;
  readonly message: string;
}

/** Files that were applied have been edited, removed, or joined by older ones. */
export class MigrationIntegrityError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_INTEGRITY';
  readonly problems: readonly MigrationProblem[];

  constructor(problems: readonly MigrationProblem[]) {
    super(
      `The migration files and the ledger disagree: ${problems.map((p) => p.message).join(' ')}`,
    );
    this.problems = problems;
  }
}

/** What was asked for cannot be done in the present state. */
export class MigrationRefusedError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_REFUSED';
}

/** A destructive migration has no fresh backup behind it; nothing has been changed. */
export class BackupRequiredError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_BACKUP_REQUIRED';
  readonly objects: readonly string[];

  constructor(file: string, objects: readonly string[], reason: string) {
    super(
      `${file} is destructive for ${objects.join(', ')}, and ${reason} Nothing was changed. Make and verify a backup that covers ${objects.length === 1 ? 'it' : 'them'}, then run again.`,
    );
    this.objects = objects;
  }
}

/** Where in which file a statement stands. */
export interface StatementPlace {
  readonly file: string;
  /** Counted from 1; null when the transaction's COMMIT failed. */
  readonly statement: number | null;
  readonly line: number | null;
  readonly column: number | null;
}

/** A statement failed; the ledger says so and the next run resumes there. */
export class MigrationFailedError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_FAILED';
  readonly version: string;
  readonly place: StatementPlace;
  readonly sqlstate: string | null;

  constructor(
    message: string,
    about: {
      version: string;
      place: StatementPlace;
      sqlstate: string | null;
      cause?: unknown;
      isRetryable?: boolean;
    },
  ) {
    super(message, about);
    this.version = about.version;
    this.place = about.place;
    this.sqlstate = about.sqlstate;
  }
}

/** A concurrent index build found something it may not replace, or did not end in a valid index. */
export class IndexBuildError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_INDEX';

  constructor(message: string, isRetryable = false) {
    super(message, { isRetryable });
  }
}

/** The connection broke in the middle; what was not committed is undone, what was is in the ledger. */
export class MigrationConnectionLostError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_CONNECTION_LOST';

  constructor(cause: unknown) {
    super(
      'The connection to the server was lost in the middle of the run. Run the same command again; it resumes where the ledger says.',
      { cause, isRetryable: true },
    );
  }
}

/** The caller's signal ended the run; the statement was cancelled on the server and the lock released. */
export class MigrationAbortedError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_ABORTED';

  constructor(cause?: unknown) {
    super(
      'The run was aborted; its open transaction was rolled back. Run the same command again; it resumes.',
      {
        cause,
        isRetryable: true,
      },
    );
  }
}

/** The database lacks something the baseline expects, or has it otherwise. */
export class BaselineMismatchError extends MigrateError {
  readonly code = 'TOTHUB_MIGRATE_BASELINE_MISMATCH';
  readonly differences: readonly CatalogDifference[];

  constructor(differences: readonly CatalogDifference[]) {
    const shown = differences.slice(0, 10).map(formatDifference);
    const more = differences.length > 10 ? `; and ${differences.length - 10} more` : '';
    super(
      `The database is not the expected one: ${shown.join('; ')}${more}. Nothing was recorded. Check that the URL names the right database.`,
    );
    this.differences = differences;
  }
}
