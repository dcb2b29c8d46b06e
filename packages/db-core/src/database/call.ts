/** The bounds of one call: its signal and its time, while it waits for a connection and while it runs. */
import { CancelledError } from '../errors.ts';
import type { ExecuteOptions } from './database.ts';
import { AcquireTimeoutError } from './pool-errors.ts';

export class Call {
  readonly #name: string | null;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abandoned = Promise.withResolvers<never>();
  #cancelledBy: 'signal' | 'timeout' | null = null;
  #interrupt: (() => void) | null = null;

  /** The bounds that apply; undefined for a call without any, which then costs nothing. */
  static for(
    name: string | null,
    { signal, timeoutMs }: ExecuteOptions,
    defaultTimeoutMs = 0,
  ): Call | undefined {
    const ms = timeoutMs ?? defaultTimeoutMs;
    return signal === undefined && ms === 0 ? undefined : new Call(name, signal, ms);
  }

  private constructor(name: string | null, signal: AbortSignal | undefined, timeoutMs: number) {
    this.#name = name;
    this.#signal = signal;
    // Nobody may be waiting for it yet.
    this.#abandoned.promise.catch(() => {});
    if (signal?.aborted === true) this.#cancel('signal');
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (timeoutMs > 0) this.#timer = setTimeout(() => this.#cancel('timeout'), timeoutMs);
  }

  /** Who ended the call; null while nobody has. */
  get cancelledBy(): 'signal' | 'timeout' | null {
    return this.#cancelledBy;
  }

  /** Rejects when the call is ended before it has begun. */
  get abandoned(): Promise<never> {
    return this.#abandoned.promise;
  }

  /**
   * Begins to run; `interrupt` is called when the call is to end early from here on.
   * @throws CancelledError, AcquireTimeoutError when it was ended before
   */
  begin(interrupt: () => void): void {
    if (this.#cancelledBy !== null) throw this.#unsent();
    this.#interrupt = interrupt;
  }

  /** What ran has ended; the call may begin again. */
  pause(): void {
    this.#interrupt = null;
  }

  /** Leaves the signal and the clock alone. */
  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#cancel('signal');

  #cancel(by: 'signal' | 'timeout'): void {
    if (this.#cancelledBy !== null) return;
    this.#cancelledBy = by;
    if (this.#interrupt === null) this.#abandoned.reject(this.#unsent());
    else this.#interrupt();
  }

  #unsent(): Error {
    if (this.#cancelledBy === 'signal') {
      return new CancelledError({ cause: this.#signal?.reason, query: this.#name });
    }
    const begin = this.#name === null ? '' : `${this.#name}: `;
    return new AcquireTimeoutError(
      `${begin}No connection was free in time; nothing was sent. Try again, or look at state() for what holds the connections.`,
    );
  }
}
