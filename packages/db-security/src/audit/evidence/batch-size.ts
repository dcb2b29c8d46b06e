/** query_canceled: a statement_timeout, as a rule. */
const CANCELED = '57014';
const SMALLEST_BATCH = 500;

/** How many entries one statement of the evidence takes, unless told otherwise. */
export const ENTRIES_PER_STATEMENT = 50_000;

/**
 * A size for batches that gives way to time limits: where a statement is cut off for taking too long, it is run again
 * on a quarter of the entries, and the smaller size stays.
 */
export class BatchSize {
  #size: number;

  constructor(size: number = ENTRIES_PER_STATEMENT) {
    this.#size = size;
  }

  /** Runs work that takes a batch of the size it is given. */
  async run<T>(work: (size: number) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work(this.#size);
      } catch (error) {
        const { code } = error as { code?: unknown };
        if (code !== CANCELED || this.#size <= SMALLEST_BATCH) throw error;
        this.#size = Math.max(SMALLEST_BATCH, Math.floor(this.#size / 4));
      }
    }
  }
}
