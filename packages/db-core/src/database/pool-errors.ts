import { DatabaseError } from '../errors/database-error.ts';

/** What a database was opened with cannot work; trying again does not help. The password is never shown. */
export class ConfigurationError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_CONFIGURATION';
  readonly isRetryable = false;
}

/** The database is closed, or closing: nothing was sent. */
export class DatabaseClosedError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_CLOSED';
  readonly isRetryable = false;
}

/** No connection was free, or could be made, within the time of the call: nothing was sent. */
export class AcquireTimeoutError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_ACQUIRE_TIMEOUT';
  readonly isRetryable = true;
}
