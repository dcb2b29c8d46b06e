/** What goes wrong between a query as it is defined and what is put into it or comes out of it. */
import { DatabaseError } from './database-error.ts';

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
