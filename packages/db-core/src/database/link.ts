/** One connection to the server: statements in, rows or errors out. Knows nothing of pools. */
import { once } from 'node:events';
import type { Client } from 'pg';
import {
  DatabaseError,
  DriverError,
  isConnectionLoss,
  translateError,
  UnexpectedResultError,
} from '../errors.ts';
import type { RowShape } from '../query/row-shape.ts';
import type { Statement, StatementResult } from '../query/statement.ts';
import type { Call } from './call.ts';
import { type BackendKey, requestCancel } from './cancel-request.ts';
import { cancelUntil } from './cancellation.ts';
import { toWire, type WireValue } from './parameters.ts';
import { PreparedStatements } from './prepared-statements.ts';
import type { ServerAddress } from './server-address.ts';
import type { CommandResult, TransactionStatus } from './session.ts';
import type { ValueParser } from './types/parsers.ts';
import { type RowMemory, sendStatement, UnreadableValue, type WireResult } from './wire-query.ts';

export interface LinkOptions {
  readonly parserOf: (oid: number) => ValueParser | undefined;
  /** Statements that may be prepared by name at once; 0 for none, behind a pooler. */
  readonly preparedLimit: number;
  /** Where requests to cancel go. */
  readonly address: ServerAddress;
  /** The statement timeout that the server keeps for this session, to tell it from other cancellations; 0 for none. */
  readonly statementTimeoutMs: number;
}

const LAST_CANCEL_MS = 1_000;
/** An error is followed by this within a round trip; a cursor that was left open, never. */
const READY_MS = 1_000;
const UNNAMED = { prepared: null, forget: [] };
const INVALID_STATEMENT_NAME = '26000';
const DUPLICATE_STATEMENT = '42P05';

export class Link {
  readonly client: Client;
  readonly openedAtMs = performance.now();
  readonly #parserOf: (oid: number) => ValueParser | undefined;
  readonly #address: ServerAddress;
  readonly #statementTimeoutMs: number;
  readonly #memories = new WeakMap<RowShape, RowMemory>();
  #prepared: PreparedStatements | null;
  #isLost = false;

  constructor(client: Client, options: LinkOptions) {
    const { parserOf, preparedLimit, address, statementTimeoutMs } = options;
    this.client = client;
    this.#parserOf = parserOf;
    this.#address = address;
    this.#statementTimeoutMs = statementTimeoutMs;
    this.#prepared = preparedLimit > 0 ? new PreparedStatements(preparedLimit) : null;
    client.on('error', () => {
      this.#isLost = true;
    });
  }

  /** Whether the connection is gone, or of unknown state, and must not be used again. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether the next call may have the connection: it is there, and in no transaction. */
  get isReusable(): boolean {
    return !this.#isLost && this.client.getTransactionStatus() === 'I';
  }

  discard(): void {
    this.#isLost = true;
  }

  /** Says goodbye to the server; a statement under way is cut off. */
  close(): Promise<void> {
    return this.client.end();
  }

  /** Closes the socket, whatever is going on. */
  destroy(): void {
    this.#isLost = true;
    this.client.connection.stream.destroy();
  }

  /** Cancels what runs just now, for a connection that is given up: nothing may run on it after this. */
  cancel(): void {
    this.#isLost = true;
    requestCancel(this.#address, backendKey(this.client), LAST_CANCEL_MS).catch(() => {});
  }

  get transactionStatus(): TransactionStatus {
    const status = this.client.getTransactionStatus();
    return status === 'T' ? 'open' : status === 'E' ? 'failed' : 'idle';
  }

  /**
   * Runs work that a call may end early, by cancelling on the server what the connection runs just then. Ends only
   * when no request to cancel is under way any more.
   */
  async interruptible<T>(call: Call | undefined, work: () => Promise<T>): Promise<T> {
    if (call === undefined) return work();
    const ended = Promise.withResolvers<void>();
    let cancelling: Promise<void> | undefined;
    call.begin(() => {
      const target = { address: this.#address, key: backendKey(this.client) };
      cancelling = cancelUntil(ended.promise, target, () => this.destroy());
    });
    try {
      return await work();
    } finally {
      ended.resolve();
      call.pause();
      await cancelling;
    }
  }

  /**
   * Runs work on the client of `pg`. It reports an error before the server is ready again, or gone: this waits for it.
   */
  async usePgClient<T>(call: Call | undefined, work: (client: Client) => Promise<T>): Promise<T> {
    return this.interruptible(call, async () => {
      try {
        return await work(this.client);
      } catch (error) {
        if (!this.#isLost && !(await becomesReady(this.client))) this.#isLost = true;
        throw error;
      }
    });
  }

  /**
   * Sends a statement and checks its answer.
   * @throws DatabaseError as the server's error translates, UnexpectedResultError, InvalidInputError
   */
  async execute(statement: Statement, call?: Call): Promise<StatementResult> {
    const { name, shape } = statement;
    const { rows, columns, tag } =
      call === undefined
        ? await this.#answer(statement)
        : await this.interruptible(call, () => this.#answer(statement, call));
    if (shape !== null) {
      shape.assertColumns(name, columns);
      shape.assertRows(name, rows);
    }
    return { rows, rowCount: rowCountOf(tag) };
  }

  /**
   * Sends a command without values or rows, which is not worth preparing.
   * @throws DatabaseError as the server's error translates
   */
  async command(sql: string, call?: Call): Promise<CommandResult> {
    const wire = { text: sql, values: [], ...UNNAMED };
    const send = () => sendStatement(this.client, wire, this.#parserOf);
    try {
      const { tag } = await this.interruptible(call, send);
      return { command: tag };
    } catch (error) {
      throw this.#translated(error, { name: sql, text: sql, access: 'write' }, call, 0);
    }
  }

  async #answer(statement: Statement, call?: Call): Promise<WireResult> {
    const values = toWire(statement.name, statement.values);
    const isAlone = this.transactionStatus === 'idle';
    const began = performance.now();
    try {
      return await this.#send(statement, values);
    } catch (error) {
      // The server refused before it ran anything, because of what it had prepared: that can be prepared anew.
      if (!isAlone || !(isForeignState(error) || isOutdated(error))) {
        throw this.#translated(error, statement, call, performance.now() - began);
      }
    }
    try {
      return await this.#send(statement, values);
    } catch (error) {
      throw this.#translated(error, statement, call, performance.now() - began);
    }
  }

  async #send(
    { name, text, shape, prepare = true }: Statement,
    values: readonly WireValue[],
  ): Promise<WireResult> {
    const taken = prepare ? this.#prepared?.take(name, text) : undefined;
    const { prepared, forget } = taken ?? UNNAMED;
    const memory = prepared === null ? this.#memoryOf(shape) : undefined;
    const sent = { text, values, prepared, forget, memory };
    try {
      return await sendStatement(this.client, sent, this.#parserOf);
    } catch (error) {
      if (isForeignState(error)) this.#prepared = null;
      else if (isOutdated(error)) this.#prepared?.drop(text);
      throw error;
    }
  }

  #memoryOf(shape: RowShape | null): RowMemory | undefined {
    if (shape === null) return undefined;
    let memory = this.#memories.get(shape);
    if (memory === undefined) {
      memory = { reader: null };
      this.#memories.set(shape, memory);
    }
    return memory;
  }

  #translated(
    error: unknown,
    { name, text, access, constraints }: Omit<Statement, 'values' | 'shape'>,
    call: Call | undefined,
    elapsedMs: number,
  ): Error {
    if (error instanceof DatabaseError) return error;
    if (error instanceof UnreadableValue) {
      return new UnexpectedResultError(`${name}: column ${error.column} ${error.message}.`);
    }
    const translated = translateError(error, {
      query: name,
      text,
      lost: access === 'read' ? 'nothing' : 'unknown',
      cancelled: call?.cancelledBy,
      timeoutMs: this.#statementTimeoutMs,
      elapsedMs,
      constraints,
    });
    // Not by the severity, which follows the language of the server. What a driver that failed has sent is unknown.
    if (isConnectionLoss(translated) || translated instanceof DriverError) this.#isLost = true;
    return translated;
  }
}

/** Whether the server takes the next statement, at once or soon. */
async function becomesReady(client: Client): Promise<boolean> {
  // Not in the types of `pg`.
  if ((client as Client & { readyForQuery: boolean }).readyForQuery) return true;
  const late = AbortSignal.timeout(READY_MS);
  const happens = (event: string): Promise<boolean> =>
    once(client.connection, event, { signal: late }).then(
      () => event === 'readyForQuery',
      () => false,
    );
  return Promise.race([happens('readyForQuery'), happens('end')]);
}

function backendKey(client: Client): BackendKey {
  // Not in the types of `pg`, which keeps it for its own cancel.
  const { processID, secretKey } = client as Client & { processID: number; secretKey: number };
  return { processId: processID, secretKey };
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}

/** Somebody else deallocates or prepares on this connection, such as a pooler that nobody told us of. */
function isForeignState(error: unknown): boolean {
  const code = codeOf(error);
  return code === INVALID_STATEMENT_NAME || code === DUPLICATE_STATEMENT;
}

/** The rows of a prepared statement have changed. 0A000 has many causes; only the routine tells this one. */
function isOutdated(error: unknown): boolean {
  const { code, routine } = error as { code?: string; routine?: string };
  return code === '0A000' && routine === 'RevalidateCachedQuery';
}

/** The number at the end of `INSERT 0 1`, `SELECT 3`; 0 where there is none, as in `BEGIN`. */
function rowCountOf(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1));
  return Number.isInteger(count) ? count : 0;
}
