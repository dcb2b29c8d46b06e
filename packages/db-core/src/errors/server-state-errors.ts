/** A server that cannot serve now. */
import { conditionText, ServerError, type ServerFailure } from './server-error.ts';

/** Every connection of the server, or of the role, is taken (53300). */
export class TooManyConnectionsError extends ServerError {
  readonly code = 'TOTHUB_CORE_TOO_MANY_CONNECTIONS';
  readonly isRetryable = true;
  constructor(failure: ServerFailure) {
    super(
      failure,
      'The server has no connection left. Try again later; make pools smaller, or go through a pooler.',
    );
  }
}

/** The server's disk is full (53100). */
export class DiskFullError extends ServerError {
  readonly code = 'TOTHUB_CORE_DISK_FULL';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(failure, "The server's disk is full. Make room; reading goes on meanwhile.");
  }
}

/** The server ran out of memory or of something else (class 53). */
export class OutOfResourcesError extends ServerError {
  readonly code = 'TOTHUB_CORE_OUT_OF_RESOURCES';
  readonly isRetryable = true;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The server is short of resources: ${conditionText(failure.report)}. Try again later with less at once.`,
    );
  }
}

/** The server is starting, stopping, or ended this connection before the statement was done (57P01 to 57P04). */
export class ServerUnavailableError extends ServerError {
  readonly code = 'TOTHUB_CORE_SERVER_UNAVAILABLE';
  readonly isRetryable = true;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The server is starting, stopping, or ended the connection: ${conditionText(failure.report)}. Nothing was written; try again in a moment.`,
    );
  }
}

/** An object is in use or not ready (class 55). */
export class ObjectStateError extends ServerError {
  readonly code = 'TOTHUB_CORE_OBJECT_STATE';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `An object is not in the state that this needs: ${conditionText(failure.report)}. Wait until it is free, or prepare it.`,
    );
  }
}

/** A fault of the server itself: its files, its data, a bug (classes 58, F0, XX), or a condition of no class above. */
export class ServerFaultError extends ServerError {
  readonly code = 'TOTHUB_CORE_SERVER_FAULT';
  readonly isRetryable = false;
  constructor(failure: ServerFailure) {
    super(
      failure,
      `The server reported a fault: ${conditionText(failure.report)}. Its log says more.`,
    );
  }
}
