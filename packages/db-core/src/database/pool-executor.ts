/** Runs statements and sessions on the connections of a pool. */
import { type DatabasePool, sql } from 'slonik';
import { translateError } from '../errors.ts';
import type { Statement, StatementResult } from '../query/statement.ts';
import type { ExecuteOptions } from './database.ts';
import { LinkSession } from './link-session.ts';
import type { Session, SessionSource } from './session.ts';
import { type Outcome, SpentConnection, Task } from './task.ts';

/** slonik wants some SQL; what is really sent is the task's business. */
const TOKEN = sql.unsafe`task`;

export class PoolExecutor implements SessionSource {
  readonly size: number;
  readonly #pool: DatabasePool;

  constructor(pool: DatabasePool) {
    this.#pool = pool;
    this.size = pool.configuration.maxPoolSize ?? 10;
  }

  execute(statement: Statement, _options?: ExecuteOptions): Promise<StatementResult> {
    return this.#run(new Task((link) => link.execute(statement)), statement.name);
  }

  withSession<T>(use: (session: Session) => Promise<T>, _options?: ExecuteOptions): Promise<T> {
    return this.#run(new Task((link) => use(new LinkSession(link))), null);
  }

  async #run<T>(task: Task<T>, name: string | null): Promise<T> {
    let outcome: Outcome<T>;
    try {
      const { rows } = await this.#pool.query({ ...TOKEN, values: task as never });
      outcome = rows[0] as unknown as Outcome<T>;
    } catch (error) {
      if (!(error instanceof SpentConnection)) {
        throw translateError(error, { query: name, lost: 'not sent' });
      }
      outcome = error.outcome as Outcome<T>;
    }
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }
}
