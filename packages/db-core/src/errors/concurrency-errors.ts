/** Statements that gave way to others, or to a clock. */
import { conditionText, ServerError, type ServerFailure } from './server-error.ts';

/** The transaction cannot be ordered among those beside it (40001); also a replica's conflict with replay. */
export class SerializationFailureError extends ServerError {
  readonly code = 'TOTHUB_CORE_SERIALIZATION_FAILURE';
  readonly isRetryable = true;
  constructor(failure: ServerFailure) {
    super(
      failure,
      'The transaction collided with another one and was rolled back. Run the whole of it again; withTransaction does.',
    );
  }
}

/** Two transactions waited for each other, and the server ended this one (40P01). */
export class DeadlockError extends ServerError {
  readonly code = 'TOTHUB_CORE_DEADLOCK';
  readonly isRetryable = true;
  constructor(failure: ServerFailure) {
    super(
      failure,
      'The transaction was in a deadlock and was rolled back. Run the whole of it again; lock rows in one order everywhere.',
    );
  }
}

/** A lock was not free in time (55P03). */
export class LockTimeoutError extends ServerError {
  readonly code = 'TOTHUB_CORE_LOCK_TIMEOUT';
  readonly isRetryable = true;
  constructor(failure: ServerFailure) {
    super(
      failure,
      'A lock was not free in time. Try again later, or look in pg_stat_activity for who holds it.',
    );
  }
}

/** The statement took longer than it may (57014 after the timeout that was set for it). */
export class StatementTimeoutError extends ServerError {
  readonly code = 'TOTHUB_CORE_STATEMENT_TIMEOUT';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      'The statement took longer than its timeout and was ended. Ask for less, or give it more time.',
    );
  }
}

/** Who had a statement cancelled: the caller's AbortSignal, or somebody this package does not know. */
export type CancelledBy = 'signal' | 'unknown';

/**
 * The statement was cancelled (57014). The server says the same for pg_cancel_backend and for a timeout that was set
 * on the role or the database, so without a signal and a timeout of our own the author stays unknown.
 */
export class StatementCancelledError extends ServerError {
  readonly code = 'TOTHUB_CORE_STATEMENT_CANCELLED';
  readonly isRetryable = false;
  readonly by: CancelledBy;
  readonly #failure: ServerFailure;

  constructor(failure: ServerFailure, by: CancelledBy) {
    super(
      failure,
      by === 'signal'
        ? 'The statement was cancelled by its signal. Nothing of it was written.'
        : 'The statement was cancelled on the server. Look for pg_cancel_backend, or for a statement_timeout of the role or the database.',
    );
    this.by = by;
    this.#failure = failure;
  }

  /** The same answer of the server, once it is known that a timeout caused it. */
  asTimeout(): StatementTimeoutError {
    return new StatementTimeoutError(this.#failure);
  }
}

/** The server ended a transaction that took or idled too long (25P03, 25P04, 57P05). */
export class TransactionTimeoutError extends ServerError {
  readonly code = 'TOTHUB_CORE_TRANSACTION_TIMEOUT';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The server closed the connection: ${conditionText(failure.report)}. Do slow work outside of transactions.`,
    );
  }
}
