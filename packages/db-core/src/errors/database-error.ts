/** Base of every error that this package throws on purpose. None carries a value of a row or of an input. */
export abstract class DatabaseError extends Error {
  /** Names the kind of the error; never changes. */
  abstract readonly code: `TOTHUB_CORE_${string}`;
  /** Whether the same call may succeed later without any change, and without doing anything twice. */
  abstract readonly isRetryable: boolean;
  /** What the server answered; null where it did not answer. */
  readonly sqlstate: string | null;

  constructor(message: string, options: { cause?: unknown; sqlstate?: string | null } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.sqlstate = options.sqlstate ?? null;
  }
}
