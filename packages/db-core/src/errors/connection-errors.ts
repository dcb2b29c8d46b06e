/** Connections that were not made, or went away. What matters is what may have been written by then. */
import { DatabaseError } from './database-error.ts';

/** What an error of a connection is made of. */
export interface ConnectionFailure {
  readonly cause: unknown;
  /** Name of the query; null for a statement without one. */
  readonly query?: string | null;
  readonly sqlstate?: string | null;
}

const begin = ({ query }: ConnectionFailure): string =>
  query === null || query === undefined ? '' : `${query}: `;

/** A connection was not made, or went away; it cannot be used any more. */
export abstract class ConnectionError extends DatabaseError {
  /** Name of the query; null for a statement without one. */
  readonly query: string | null;

  /** @param text what happened, and what to do now, as it follows the name of the query */
  constructor(failure: ConnectionFailure, text: string) {
    super(`${begin(failure)}${text}`, failure);
    this.query = failure.query ?? null;
  }
}

/** No connection was made, or it was gone before the statement went out: nothing was sent. */
export class ConnectionFailedError extends ConnectionError {
  readonly code = 'TOTHUB_CORE_CONNECTION_FAILED';
  readonly isRetryable = true;
  constructor(failure: ConnectionFailure) {
    super(
      failure,
      "There is no connection to the database; nothing was sent. Check the URL and that the server runs; behind a pooler, that the mode is 'pooler'.",
    );
  }
}

/** The connection went away under a statement that cannot have changed anything. */
export class ConnectionLostError extends ConnectionError {
  readonly code = 'TOTHUB_CORE_CONNECTION_LOST';
  readonly isRetryable = true;
  constructor(failure: ConnectionFailure) {
    super(failure, 'The connection was lost; nothing was written. Try again.');
  }
}

/** The connection went away under a write or a COMMIT: it may have happened, or not. */
export class UnknownOutcomeError extends ConnectionError {
  readonly code = 'TOTHUB_CORE_UNKNOWN_OUTCOME';
  readonly isRetryable = false;
  constructor(failure: ConnectionFailure) {
    super(
      failure,
      'The connection was lost before the server confirmed the write; it may have happened. Look whether it has before you repeat it.',
    );
  }
}

/** The driver itself refused, such as a value that it cannot send. */
export class DriverError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_DRIVER';
  readonly isRetryable = false;
  constructor(failure: ConnectionFailure) {
    super(
      `${begin(failure)}The driver could not send the statement. Check the types of its values.`,
      failure,
    );
  }
}
