import { DatabaseError } from './database-error.ts';

/** The signal of a call was aborted before its statement was sent, or before its transaction was committed. */
export class CancelledError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_CANCELLED';
  readonly isRetryable = false;

  /** @param options.cause the reason that the signal gives */
  constructor(options: { cause: unknown; query?: string | null }) {
    const begin = options.query === null || options.query === undefined ? '' : `${options.query}: `;
    super(`${begin}The call was cancelled by its signal. Nothing was written.`, options);
  }
}
