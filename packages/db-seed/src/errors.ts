/** The errors of this package. A table that cannot be filled is no error: it is reported as skipped. */

/** Base of every error that `seedDatabase` throws on purpose. */
export abstract class SeedError extends Error {
  abstract readonly code: string;
  /** Whether the same call may succeed later without any change. */
  abstract readonly isRetryable: boolean;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The database could not be reached, or the connection ended before the commit: nothing was written. */
export class SeedConnectionError extends SeedError {
  readonly code = 'TOTHUB_SEED_CONNECTION';
  readonly isRetryable = true;
}

/** The options contradict themselves or the database: nothing was written. */
export class SeedOptionsError extends SeedError {
  readonly code = 'TOTHUB_SEED_OPTIONS';
  readonly isRetryable = false;
}

/** The server refused something that no single table is to blame for: nothing was written. */
export class SeedServerError extends SeedError {
  readonly code = 'TOTHUB_SEED_SERVER';
  readonly isRetryable = false;
}
