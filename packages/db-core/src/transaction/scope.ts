import type { ExecuteOptions, Executor } from '../database/database.ts';
import type { Session } from '../database/session.ts';
import { CancelledError } from '../errors/cancelled-error.ts';
import { StatementCancelledError } from '../errors/concurrency-errors.ts';
import { isTimeUp } from '../errors/time-up.ts';
import { TransactionEndedError, TransactionUsageError } from '../errors/transaction-errors.ts';
import type { Statement, StatementResult } from '../query/statement.ts';
import { beforeCommit } from './before-commit.ts';
import type { Isolation } from './transaction.ts';
import { innermostScope } from './transaction-context.ts';

/** How the statements of a scope are sent. */
export interface ScopeSettings {
  readonly isolation: Isolation;
  readonly readOnly: boolean;
  /** What each statement may take, as the server was told; undefined for what the connection has. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The statements of one transaction, or of one savepoint in it. They share a connection, so they take turns, and none
 * is sent once the scope has ended: it would run outside of the transaction, and stay.
 */
export class Scope implements Executor {
  readonly session: Session;
  readonly parent: Scope | null;
  readonly settings: ScopeSettings;
  readonly hooks: (() => unknown)[] = [];
  #isOpen = true;
  #pending = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(session: Session, parent: Scope | null, settings: ScopeSettings) {
    this.session = session;
    this.parent = parent;
    this.settings = settings;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Savepoints around this one; 0 for the transaction itself. */
  get depth(): number {
    return this.parent === null ? 0 : this.parent.depth + 1;
  }

  /** The first error of a statement, which may have left the transaction in a state that cannot be committed. */
  get failure(): unknown {
    return this.#failure;
  }

  execute(statement: Statement, options: ExecuteOptions = {}): Promise<StatementResult> {
    return this.#turn(async () => {
      const began = performance.now();
      try {
        return await this.session.execute(statement, this.#withSignal(options));
      } catch (error) {
        const told = this.#told(error, performance.now() - began);
        this.#failure ??= told;
        throw told;
      }
    });
  }

  /** Sends a command of the scope's own, such as SAVEPOINT, out of turn. */
  async command(sql: string): Promise<void> {
    try {
      await this.session.command(sql);
    } catch (error) {
      throw beforeCommit(error);
    }
  }

  withSession<T>(use: (session: Session) => Promise<T>, options: ExecuteOptions = {}): Promise<T> {
    return this.#turn(() => this.session.withSession(use, this.#withSignal(options)));
  }

  /** Runs a savepoint in its turn: statements beside it wait, so that they are not undone with it. */
  nest<T>(use: () => Promise<T>): Promise<T> {
    return this.#turn(use);
  }

  /** Lets no further statement in, and waits for the one that runs. Gives how many had not been waited for. */
  async end(): Promise<number> {
    const pending = this.#pending;
    this.#isOpen = false;
    await this.#last;
    return pending;
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    this.#assertInnermost();
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    this.#pending++;
    try {
      await before;
      this.#assertOpen();
      return await work();
    } finally {
      this.#pending--;
      resolve();
    }
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new TransactionEndedError();
    const { signal } = this.settings;
    if (signal?.aborted) throw new CancelledError({ cause: signal.reason });
  }

  /** In the callback of a savepoint, the transaction around it would wait for the callback to end. */
  #assertInnermost(): void {
    for (let at = innermostScope()?.parent ?? null; at !== null; at = at.parent) {
      if (at === this) {
        throw new TransactionUsageError(
          'A nested transaction is running inside of this one, so the statement would wait for ever. Use the transaction that the inner callback gets.',
        );
      }
    }
  }

  #withSignal(options: ExecuteOptions): ExecuteOptions {
    const { signal } = this.settings;
    if (signal === undefined) return options;
    const both = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    return { ...options, signal: both };
  }

  /** What is known in a transaction, and not on the connection: its timeout, and that nothing is committed yet. */
  #told(error: unknown, elapsedMs: number): unknown {
    const isLate = isTimeUp(elapsedMs, this.settings.timeoutMs);
    return isLate && error instanceof StatementCancelledError && error.by === 'unknown'
      ? error.asTimeout()
      : beforeCommit(error);
  }
}
