/** What every error of this package is: a constant `code`, and a message that says what to do now. */
export abstract class EmbeddedServerError extends Error {
  abstract readonly code: string;
  readonly isRetryable: boolean = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No PostgreSQL server program of the wanted version, or none that runs here. */
export class ServerNotFoundError extends EmbeddedServerError {
  readonly code = 'TOTHUB_POSTGRES_NOT_FOUND';
}

/** No account that PostgreSQL is willing to run as. */
export class ServerAccountError extends EmbeddedServerError {
  readonly code = 'TOTHUB_POSTGRES_ACCOUNT';
}

/** The server program ended, or took too long, before it accepted connections. */
export class ServerStartError extends EmbeddedServerError {
  readonly code = 'TOTHUB_POSTGRES_START';
}

/** The folder for throwaway servers has too little room for what is to go into one. */
export class ServerSpaceError extends EmbeddedServerError {
  readonly code = 'TOTHUB_POSTGRES_SPACE';
}
