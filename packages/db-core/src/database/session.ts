/** One connection for as long as some work on it lasts: what a transaction, a cursor or a COPY needs of a pool. */
import type { Client } from 'pg';
import type { ExecuteOptions, Executor } from './database.ts';

export type { ExecuteOptions } from './database.ts';

export interface CommandResult {
  /** The tag of the command as the server gives it: COMMIT of a transaction that failed answers `ROLLBACK`. */
  readonly command: string;
}

/** No transaction, one in progress, or one that failed and can only be rolled back. */
export type TransactionStatus = 'idle' | 'open' | 'failed';

/** One connection, checked out. `withSession` of it runs on the same connection. */
export interface Session extends Executor {
  /** Sends a command without values, such as BEGIN. */
  command(sql: string, options?: ExecuteOptions): Promise<CommandResult>;
  /**
   * Runs work on the client of `pg` itself, for what a statement cannot do: COPY and cursors. The work leaves the
   * client idle when it ends, and asks nothing of the session meanwhile: a session does one thing at a time.
   */
  usePgClient<T>(work: (client: Client) => Promise<T>, options?: ExecuteOptions): Promise<T>;
  /** State of the transaction on this connection, as the server reported it last. */
  readonly transactionStatus: TransactionStatus;
  /** Says that the state of the connection is unknown: it is closed instead of given back. */
  discard(): void;
}

/** Where sessions come from. */
export interface SessionSource extends Executor {
  /** Connections that there can be at once. */
  readonly size: number;
}
