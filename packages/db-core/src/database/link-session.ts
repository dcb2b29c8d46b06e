import type { Client } from 'pg';
import type { Statement, StatementResult } from '../query/statement.ts';
import { Call } from './call.ts';
import type { Link } from './link.ts';
import type { CommandResult, ExecuteOptions, Session, TransactionStatus } from './session.ts';

/** A session on one connection. */
export class LinkSession implements Session {
  readonly #link: Link;
  readonly #timeoutMs: number;

  /** @param timeoutMs time of a statement for which the call names none; 0 where the server keeps it */
  constructor(link: Link, timeoutMs: number) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
  }

  get transactionStatus(): TransactionStatus {
    return this.#link.transactionStatus;
  }

  async execute(statement: Statement, options: ExecuteOptions = {}): Promise<StatementResult> {
    return this.#link.execute(statement, Call.for(statement.name, options, this.#timeoutMs));
  }

  async command(sql: string, options: ExecuteOptions = {}): Promise<CommandResult> {
    return this.#link.command(sql, Call.for(sql, options, this.#timeoutMs));
  }

  async usePgClient<T>(
    work: (client: Client) => Promise<T>,
    options: ExecuteOptions = {},
  ): Promise<T> {
    const link = this.#link;
    return link.interruptible(Call.for(null, options), () => work(link.client));
  }

  withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return use(this);
  }

  discard(): void {
    this.#link.discard();
  }
}
