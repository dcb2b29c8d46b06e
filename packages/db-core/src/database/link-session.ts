import type { Client } from 'pg';
import type { Statement, StatementResult } from '../query/statement.ts';
import type { Link } from './link.ts';
import type { CommandResult, ExecuteOptions, Session, TransactionStatus } from './session.ts';

/** A session on one connection. */
export class LinkSession implements Session {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  get transactionStatus(): TransactionStatus {
    return this.#link.transactionStatus;
  }

  execute(statement: Statement, _options?: ExecuteOptions): Promise<StatementResult> {
    return this.#link.execute(statement);
  }

  command(sql: string, _options?: ExecuteOptions): Promise<CommandResult> {
    return this.#link.command(sql);
  }

  usePgClient<T>(work: (client: Client) => Promise<T>, _options?: ExecuteOptions): Promise<T> {
    return work(this.#link.client);
  }

  withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return use(this);
  }

  discard(): void {
    this.#link.discard();
  }
}
