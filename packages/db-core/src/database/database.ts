import type { Statement, StatementResult } from '../query/statement.ts';
import type { Session } from './session.ts';

/** How a single call is bounded. */
export interface ExecuteOptions {
  /** Cancels the call: on the server when the statement runs already, before it is sent otherwise. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Time that the call may take, waiting for a connection included. In milliseconds, from 1.
   * @default what the database was opened with
   */
  readonly timeoutMs?: number | undefined;
}

/** Runs statements; how is the business of who made it (a pool, one connection in a transaction, a replica). */
export interface Executor {
  execute(statement: Statement, options?: ExecuteOptions): Promise<StatementResult>;
  /**
   * Runs work on one connection that belongs to it meanwhile; in a transaction, on the connection of that. An error
   * of the work does not cost the connection; a lost connection, or a transaction left open, does.
   */
  withSession<T>(use: (session: Session) => Promise<T>, options?: ExecuteOptions): Promise<T>;
}

/** Key of the executor, so that callers see a database and queries see how to run. */
export const executor: unique symbol = Symbol('executor');

/** What reads run on: the database, a replica of it, or a transaction. */
export interface ReadDatabase {
  readonly access: 'read' | 'write';
  readonly [executor]: Executor;
}

/** What writes run on: the database itself or a transaction that may write. */
export interface WriteDatabase extends ReadDatabase {
  readonly access: 'write';
}
