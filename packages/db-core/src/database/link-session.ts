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
  #turn: Promise<void> | null = null;

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

  /** Runs within the bounds of a call, and after what the connection does already: it does one thing at a time. */
  async #within<T>(
    call: Call | undefined,
    run: (call: Call | undefined) => Promise<T>,
  ): Promise<T> {
    const before = this.#turn;
    const running = before === null ? run(call) : before.then(() => run(call));
    // Whoever comes next waits for the end, whatever it is.
    const turn = running.then(
      () => {},
      () => {},
    );
    this.#turn = turn;
    try {
      return await (call === undefined ? running : Promise.race([running, call.abandoned]));
    } finally {
      call?.end();
      if (this.#turn === turn) this.#turn = null;
    }
  }

  withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return use(this);
  }

  discard(): void {
    this.#link.discard();
  }
}
