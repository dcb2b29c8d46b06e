/** Runs statements and sessions on the connections of the pool. */
import { ConnectionFailedError, isConnectionLoss, translateError } from '../errors.ts';
import type { Statement, StatementResult } from '../query/statement.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { Call } from './call.ts';
import type { ExecuteOptions } from './database.ts';
import type { Link } from './link.ts';
import { LinkSession } from './link-session.ts';
import { type Loans, NoConnection } from './loans.ts';
import { OnlyConnection } from './only-connection.ts';
import { DatabaseClosedError } from './pool-errors.ts';
import type { Session, SessionSource } from './session.ts';

/** A call that had to wait for its connection. */
export interface WaitEvent {
  /** Name of the query; null for a session. */
  readonly query: string | null;
  readonly waitedMs: number;
}

export interface PoolExecutorOptions {
  readonly loans: Loans;
  readonly size: number;
  /** Time of a statement that this side has to keep, asked for each call; 0 where the server keeps it. */
  readonly timeoutMs: () => number;
  readonly onWait: ((event: WaitEvent) => void) | undefined;
  readonly telemetry: Telemetry;
}

/** A connection that is older than the loss of two others: closed, and nothing was sent. */
const STALE = new Error('stale');
/** Connections that a read may lose before it gives up. */
const LAST_LOSS = 3;
/** Less is the work of the pool itself. */
const SHORTEST_WAIT_MS = 1;

export class PoolExecutor implements SessionSource {
  readonly size: number;
  readonly #options: PoolExecutorOptions;
  readonly #only: OnlyConnection | null;
  readonly #idle = new Set<() => void>();
  #running = 0;
  #isClosing = false;

  constructor(options: PoolExecutorOptions) {
    this.size = options.size;
    this.#options = options;
    this.#only = options.size === 1 ? new OnlyConnection() : null;
  }

  execute(statement: Statement, options: ExecuteOptions = {}): Promise<StatementResult> {
    return this.#options.telemetry.statement(statement, (commented) =>
      this.#execute(commented, options),
    );
  }

  async #execute(statement: Statement, options: ExecuteOptions): Promise<StatementResult> {
    const { name } = statement;
    const call = Call.for(name, options, this.#options.timeoutMs());
    const askOn = async (link: Link, openedAfterMs: number): Promise<StatementResult> => {
      if (link.openedAtMs >= openedAfterMs) return link.execute(statement, call);
      link.discard();
      throw STALE;
    };
    let openedAfterMs = 0;
    try {
      for (let losses = 1; ; losses++) {
        try {
          return await this.#run(name, call, (link) => askOn(link, openedAfterMs));
        } catch (error) {
          // A server that restarts takes its connections with it. Asking again is safe for what does not write.
          const mayRepeat = statement.access === 'read' && (call?.cancelledBy ?? null) === null;
          if (error === STALE) losses--;
          else if (!mayRepeat || !isLostUnderway(error) || losses === LAST_LOSS) throw error;
          // Twice is no accident of one connection: the last try is on one that was opened since.
          else if (losses === LAST_LOSS - 1) openedAfterMs = performance.now();
        }
      }
    } finally {
      call?.end();
    }
  }

  async withSession<T>(
    use: (session: Session) => Promise<T>,
    options: ExecuteOptions = {},
  ): Promise<T> {
    const call = Call.for(null, options);
    return this.#run(null, call, (link) => {
      // The bounds are those of the wait; statements have their own.
      call?.begin(() => {});
      call?.end();
      const session = new LinkSession(link, this.#options.timeoutMs(), this.#options.telemetry);
      return this.#only === null ? use(session) : this.#only.hold(() => use(session));
    });
  }

  /** Refuses new calls; resolves when those that were there have ended. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  async #run<T>(
    name: string | null,
    call: Call | undefined,
    work: (link: Link) => Promise<T>,
  ): Promise<T> {
    this.#only?.assertNotInside();
    if (this.#isClosing) {
      throw new DatabaseClosedError(
        `${name ?? 'A session'}: the database is closed; nothing was sent. Close it only when nothing asks it any more.`,
      );
    }
    const running = this.#lend(name, work);
    return call === undefined ? running : Promise.race([running, call.abandoned]);
  }

  async #lend<T>(name: string | null, work: (link: Link) => Promise<T>): Promise<T> {
    const timed = this.#timed(name, work);
    this.#running++;
    try {
      return await this.#options.loans.lend(timed);
    } catch (error) {
      throw error instanceof NoConnection
        ? translateError(causeOf(error.cause), { query: name, lost: 'not sent' })
        : error;
    } finally {
      this.#running--;
      if (this.#running === 0) for (const resolve of this.#idle) resolve();
    }
  }

  /** The work, and how long it waited for its connection. */
  #timed<T>(query: string | null, work: (link: Link) => Promise<T>): (link: Link) => Promise<T> {
    const { onWait, telemetry } = this.#options;
    const began = performance.now();
    return (link) => {
      const waitedMs = performance.now() - began;
      telemetry.waited(waitedMs);
      if (waitedMs >= SHORTEST_WAIT_MS) onWait?.({ query, waitedMs });
      return work(link);
    };
  }
}

/** The connection went away while the statement was on it; not: none could be made. */
function isLostUnderway(error: unknown): boolean {
  return isConnectionLoss(error) && !(error instanceof ConnectionFailedError);
}

/** slonik wraps what a connection failed with. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}
