/**
 * COPY … FROM STDIN on the wire. It is settled only when the server is ready for the next statement, after an error
 * too, and says nothing more to a server that takes no more rows. PostgreSQL manual: 55.2.7, COPY Operations.
 */
import type { Duplex } from 'node:stream';
import type { Client, Connection } from 'pg';
import { CancelledError, translateError } from '../errors.ts';

/** The methods of the connection of `pg` that a COPY calls. */
interface Wire extends Pick<Connection, 'once' | 'off'> {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
  readonly stream: Duplex;
}

/** What may end a COPY early. */
export interface CopyBounds {
  readonly signal: AbortSignal | undefined;
  /** What the server was told, for the name of its error. */
  readonly timeoutMs: number;
}

const OVER = Symbol('over');

/**
 * Sends pieces of COPY data and gives the number of rows stored. An error of the pieces ends the COPY, which then has
 * stored nothing, and is thrown. Where the server or the signal ends it, the next piece is not waited for.
 */
export async function copyIn(
  client: Client,
  text: string,
  pieces: AsyncIterator<Buffer, void>,
  bounds: CopyBounds,
): Promise<number> {
  const { signal } = bounds;
  const copy = new CopyIn(text, bounds);
  const cancel = (): void => copy.fail('cancelled');
  signal?.addEventListener('abort', cancel);
  try {
    client.query(copy);
    await copy.begun;
    for (;;) {
      const piece = await Promise.race([pieces.next(), copy.over]);
      if (piece === OVER) {
        pieces.return?.().catch(() => {});
        break;
      }
      if (piece.done === true) {
        copy.finish();
        break;
      }
      await copy.send(piece.value);
    }
  } catch (error) {
    copy.fail('the rows ended with an error');
    await copy.ended.catch(() => {});
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  return copy.ended;
}

/** A query of `pg` that is one COPY. */
class CopyIn {
  // `pg` sets it on every query that is submitted.
  callback: undefined;
  readonly #text: string;
  readonly #bounds: CopyBounds;
  readonly #beganAt = performance.now();
  readonly #begun = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<typeof OVER>();
  readonly #ended = Promise.withResolvers<number>();
  #wire: Wire | null = null;
  #failure: string | null = null;
  #isFinished = false;
  #rowCount = 0;

  constructor(text: string, bounds: CopyBounds) {
    this.#text = text;
    this.#bounds = bounds;
    // Who awaits it gets the error; between two pieces nobody does.
    this.#ended.promise.catch(() => {});
  }

  /** The server takes rows, or never will. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** No more rows are taken. */
  get over(): Promise<typeof OVER> {
    return this.#over.promise;
  }

  /** Rows stored. Settled when the server is ready for the next statement. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** Sends a piece, and waits while more is under way than the network takes. */
  async send(piece: Buffer): Promise<void> {
    const wire = this.#wire;
    wire?.sendCopyFromChunk(piece);
    if (wire?.stream.writableNeedDrain !== true) return;
    await Promise.race([new Promise((resolve) => wire.stream.once('drain', resolve)), this.over]);
  }

  finish(): void {
    this.#isFinished = true;
    this.#wire?.endCopyFrom();
  }

  /** Has the server forget the rows so far; the reason goes into its log. */
  fail(reason: string): void {
    this.#failure = reason;
    this.#over.resolve(OVER);
    if (!this.#isFinished) this.#wire?.sendCopyFail(reason);
    this.#wire = null;
  }

  submit(connection: Connection): void {
    (connection as unknown as Wire).query(this.#text);
  }

  handleCopyInResponse(connection: Connection): void {
    this.#wire = connection as unknown as Wire;
    this.#begun.resolve();
    if (this.#failure !== null) this.fail(this.#failure);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#rowCount = Number(message.text.slice('COPY '.length));
  }

  handleReadyForQuery(): void {
    this.#ended.resolve(this.#rowCount);
  }

  handleError(error: Error & { severity?: string }, connection: Connection): void {
    this.#wire = null;
    this.#begun.resolve();
    this.#over.resolve(OVER);
    const settle = (): void => {
      connection.off('readyForQuery', settle);
      connection.off('end', settle);
      this.#ended.reject(this.#translated(error));
    };
    // After an ordinary error the server still has to say that it is ready; after others nothing follows.
    if (error.severity === 'ERROR') {
      connection.once('readyForQuery', settle);
      connection.once('end', settle);
    } else settle();
  }

  #translated(error: Error & { severity?: string }): Error {
    const { signal, timeoutMs } = this.#bounds;
    if (signal?.aborted === true && error.severity === 'ERROR') {
      return new CancelledError({ cause: signal.reason, query: 'copyRows' });
    }
    return translateError(error, {
      query: 'copyRows',
      text: this.#text,
      // It runs in a transaction that is not committed yet.
      lost: 'nothing',
      timeoutMs,
      elapsedMs: performance.now() - this.#beganAt,
    });
  }
}
