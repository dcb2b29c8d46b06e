import type { Isolation } from './transaction.ts';

/** What happened before a transaction is run again. */
export interface TransactionRetry {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next one. */
  readonly waitMs: number;
  readonly error: unknown;
}

/** How a transaction runs. */
export interface TransactionOptions<I extends Isolation = Isolation> {
  /**
   * In a nested transaction at most that of the outer one.
   * @default 'read committed', nested that of the outer transaction
   */
  readonly isolation?: I | undefined;
  /**
   * Whether the server refuses writes.
   * @default false
   */
  readonly readOnly?: boolean | undefined;
  /**
   * How often the callback may be run again after a serialization failure or a deadlock. From 0; not in a nested
   * transaction, whose conflicts run the outermost one again.
   * @default 10
   */
  readonly retries?: number | undefined;
  /**
   * Time after which no further attempt begins. In milliseconds.
   * @default 15_000
   */
  readonly budgetMs?: number | undefined;
  /**
   * Time that each statement may take: `SET LOCAL statement_timeout`, right behind a pooler too. In milliseconds,
   * from 1.
   * @default what the connection has
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Time that each statement may wait for a lock: `SET LOCAL lock_timeout`. In milliseconds, from 1.
   * @default what the connection has
   */
  readonly lockTimeoutMs?: number | undefined;
  /** Cancels the statement that runs, and rolls back. Not heard any more once the COMMIT is sent. */
  readonly signal?: AbortSignal | undefined;
  /** Told before the callback is run again. */
  readonly onRetry?: ((retry: TransactionRetry) => void) | undefined;
  /**
   * Told of an error in an after-commit hook.
   * @default a warning of the process that names the kind of the error, not its text
   */
  readonly onHookError?: ((error: unknown) => void) | undefined;
}

/** How a read-only transaction runs. */
export interface ReadTransactionOptions<I extends Isolation = Isolation>
  extends TransactionOptions<I> {
  readonly readOnly: true;
  /**
   * Waits for a snapshot that can neither fail nor make others fail; only with `serializable`.
   * @default false
   */
  readonly deferrable?: (I extends 'serializable' ? boolean : never) | undefined;
}
