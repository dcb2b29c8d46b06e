import type { Statement, StatementResult } from '../query/statement.ts';

/** Runs statements; how is the business of who made it (a pool, one connection in a transaction, a replica). */
export interface Executor {
  execute(statement: Statement): Promise<StatementResult>;
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
