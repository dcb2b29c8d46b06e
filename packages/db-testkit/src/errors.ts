/** What every error of this package is: a constant `code`, and a message that says what to do now. */
export abstract class TestkitError extends Error {
  abstract readonly code: string;
  readonly isRetryable: boolean = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The npm registry did not give the server programs of a version that this machine lacks. */
export class ServerInstallError extends TestkitError {
  readonly code = 'TOTHUB_POSTGRES_INSTALL';
  override readonly isRetryable = true;
}

/** The folder that was named for a kept cluster cannot be one. */
export class DataDirectoryError extends TestkitError {
  readonly code = 'TOTHUB_POSTGRES_DATA_DIRECTORY';
}

/** A server already runs on the folder. */
export class DataDirectoryInUseError extends TestkitError {
  readonly code = 'TOTHUB_POSTGRES_IN_USE';
  override readonly isRetryable = true;
}

/** The database that was to take the legacy fixture already holds tables. */
export class FixtureTargetError extends TestkitError {
  readonly code = 'TOTHUB_FIXTURE_TARGET';
}

/** This machine has no PgBouncer. */
export class PoolerNotFoundError extends TestkitError {
  readonly code = 'TOTHUB_PGBOUNCER_NOT_FOUND';
}

/** PgBouncer ended, or took too long, before it accepted connections. */
export class PoolerStartError extends TestkitError {
  readonly code = 'TOTHUB_PGBOUNCER_START';
}
