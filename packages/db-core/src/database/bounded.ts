import type { Statement, StatementResult } from '../query/statement.ts';
import {
  type ExecuteOptions,
  type Executor,
  executor,
  type ReadDatabase,
  type WriteDatabase,
} from './database.ts';
import type { Session } from './session.ts';

/**
 * The same database, with bounds for every call on it that names none of its own: what a server makes for each
 * request. A transaction has bounds of its own: give the signal to `withTransaction`.
 *
 * @example
 * const left = new AbortController();
 * response.once('close', () => left.abort());
 * const reads = bounded(db.read(), { signal: left.signal, timeoutMs: 5_000 });
 * await getChild(reads, { id: 'c1' }); // cancelled on the server when the client leaves
 */
export function bounded(db: WriteDatabase, bounds: ExecuteOptions): WriteDatabase;
export function bounded(db: ReadDatabase, bounds: ExecuteOptions): ReadDatabase;
export function bounded(db: ReadDatabase, bounds: ExecuteOptions): ReadDatabase {
  return { access: db.access, [executor]: new BoundedExecutor(db[executor], bounds) };
}

class BoundedExecutor implements Executor {
  readonly #run: Executor;
  readonly #bounds: ExecuteOptions;

  constructor(run: Executor, bounds: ExecuteOptions) {
    this.#run = run;
    this.#bounds = bounds;
  }

  execute(statement: Statement, options?: ExecuteOptions): Promise<StatementResult> {
    return this.#run.execute(statement, this.#within(options));
  }

  withSession<T>(use: (session: Session) => Promise<T>, options?: ExecuteOptions): Promise<T> {
    return this.#run.withSession(use, this.#within(options));
  }

  #within(options: ExecuteOptions = {}): ExecuteOptions {
    return {
      signal: options.signal ?? this.#bounds.signal,
      timeoutMs: options.timeoutMs ?? this.#bounds.timeoutMs,
    };
  }
}
