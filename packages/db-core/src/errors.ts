/** The errors of this package. None carries a value of a row or of an input in its message. */

/** Base of every error that this package throws on purpose. */
export abstract class DatabaseError extends Error {
  abstract readonly code: string;
  /** Whether the same call may succeed later without any change. */
  abstract readonly isRetryable: boolean;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The input of a query does not fit its schema; nothing was sent. */
export class InvalidInputError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_INVALID_INPUT';
  readonly isRetryable = false;
}

/** A query that must find exactly one row found none. */
export class NotFoundError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_NOT_FOUND';
  readonly isRetryable = false;
}

/** The database answered with another number of rows, other columns or other values than the query declares. */
export class UnexpectedResultError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_UNEXPECTED_RESULT';
  readonly isRetryable = false;
}
