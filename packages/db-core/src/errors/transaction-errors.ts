/** What goes wrong with a transaction as a whole. */
import { DatabaseError } from './database-error.ts';

/** A transaction was used after its callback had ended. */
export class TransactionEndedError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_TRANSACTION_ENDED';
  readonly isRetryable = false;

  constructor() {
    super(
      'The transaction has ended, so the statement was not sent. Await every statement inside the callback, and do not keep the transaction.',
    );
  }
}

/** A transaction was used in a way that would hang, or mix up what is undone with what is kept. */
export class TransactionUsageError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_TRANSACTION_USAGE';
  readonly isRetryable = false;
}

/** The callback ended well, but a statement in it had failed, so the server rolled everything back. */
export class TransactionRolledBackError extends DatabaseError {
  readonly code = 'TOTHUB_CORE_TRANSACTION_ROLLED_BACK';
  readonly isRetryable = false;

  /** @param cause the error that the callback passed over */
  constructor(cause: unknown) {
    super(
      'The transaction was rolled back at its COMMIT, because a statement in it had failed. Let its error out of the callback, or put the statement into a nested withTransaction.',
      { cause },
    );
  }
}
