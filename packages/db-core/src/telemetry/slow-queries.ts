/** A statement that took longer than the threshold. */
export interface SlowQuery {
  /** Name of the query, or the command. */
  readonly query: string;
  /** SQL with placeholders; null for a command. */
  readonly text: string | null;
  /** Time as the caller saw it, waiting for a connection included. */
  readonly durationMs: number;
}

export interface SlowQueryOptions {
  /**
   * From how long on a statement counts as slow. In milliseconds, from 0.
   * @default 500
   */
  readonly slowQueryMs?: number;
  /** Told of every slow statement, also of one that fails. Values are not among what it is told. */
  readonly onSlowQuery?: (slow: SlowQuery) => void;
}

const DEFAULT_SLOW_MS = 500;

/** Tells of slow statements. */
export class SlowQueries {
  readonly #thresholdMs: number;
  readonly #tell: (slow: SlowQuery) => void;

  /** Null where nobody wants to be told. */
  static from({
    slowQueryMs = DEFAULT_SLOW_MS,
    onSlowQuery,
  }: SlowQueryOptions): SlowQueries | null {
    return onSlowQuery === undefined ? null : new SlowQueries(slowQueryMs, onSlowQuery);
  }

  private constructor(thresholdMs: number, tell: (slow: SlowQuery) => void) {
    this.#thresholdMs = thresholdMs;
    this.#tell = tell;
  }

  tell({ name, text }: { name: string; text: string | null }, durationMs: number): void {
    if (durationMs < this.#thresholdMs) return;
    try {
      this.#tell({ query: name, text, durationMs });
    } catch (error) {
      // A query that worked does not fail because of who listens.
      const kind = error instanceof Error ? error.name : typeof error;
      process.emitWarning(`onSlowQuery failed with ${kind}. Have it catch its errors.`, {
        code: 'TOTHUB_CORE_SLOW_QUERY',
      });
    }
  }
}
