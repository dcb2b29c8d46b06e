/** What the server does not let this role, or this server, do. */
import { conditionText, ServerError, type ServerFailure, tableText } from './server-error.ts';

/** A write on a replica or in a read-only transaction (25006). */
export class ReadOnlyError extends ServerError {
  readonly code = 'TOTHUB_CORE_READ_ONLY';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      'A write was sent where only reading is allowed. Send it to the primary, in a transaction that may write.',
    );
  }
}

/** The role lacks a privilege, or row-level security refuses a row (42501). */
export class PermissionError extends ServerError {
  readonly code = 'TOTHUB_CORE_PERMISSION';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The role may not do this${failure.near === null ? '' : ` (at ${failure.near})`}${tableText(failure.report)}. Grant it the privilege, or use another role.`,
    );
  }
}

/** The server does not know the role, its password or the database (class 28, 3D000). */
export class AuthenticationError extends ServerError {
  readonly code = 'TOTHUB_CORE_AUTHENTICATION';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The server refused the log-in: ${conditionText(failure.report)}. Check the role, the password and the database of the URL.`,
    );
  }
}
