import type { Client } from 'pg';
import type { Statement, StatementResult } from '../query/statement.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { Call } from './call.ts';
import type { Link } from './link.ts';
import type { CommandResult, ExecuteOptions, Session, TransactionStatus } from './session.ts';

/** A session on one connection. */
export class LinkSession implements Session {
  readonly #link: Link;
  readonly #timeoutMs: number;
  readonly #telemetry: Telemetry;

  /** @param timeoutMs time of a statement for which the call names none; 0 where the server keeps it */
  constructor(link: Link, timeoutMs: number, telemetry: Telemetry) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
    this.#telemetry = telemetry;
  }

  get transactionStatus(): TransactionStatus {
    return this.#link.transactionStatus;
  }

  execute(statement: Statement, options: ExecuteOptions = {}): Promise<StatementResult> {
    return this.#telemetry.statement(statement, (commented) =>
      this.#within(Call.for(statement.name, options, this.#timeoutMs), (call) =>
        this.#link.execute(commented, call),
      ),
    );
  }

  command(sql: string, options: ExecuteOptions = {}): Promise<CommandResult> {
    return this.#telemetry.command(sql, () =>
      this.#within(Call.for(sql, options, this.#timeoutMs), (call) =>
        this.#link.command(sql, call),
      ),
    );
  }

  usePgClient<T>(work: (client: Client) => Promise<T>, options: ExecuteOptions = {}): Promise<T> {
    return this.#within(Call.for(null, options), (call) => this.#link.usePgClient(call, work));
  }

  async #within<T>(
    call: Call | undefined,
    run: (call: Call | undefined) => Promise<T>,
  ): Promise<T> {
    try {
      return await run(call);
    } finally {
      call?.end();
    }
  }

  withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return use(this);
  }

  discard(): void {
    this.#link.discard();
  }
}
