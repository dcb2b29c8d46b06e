import type { Link } from './link.ts';

/** How a task ended. An error that is no fault of the connection is a value here, so that it costs none. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Work for one connection of the pool. It takes the place of a statement's values; the driver hands it the connection.
 */
export class Task<T = unknown> {
  readonly #work: (link: Link) => Promise<T>;

  constructor(work: (link: Link) => Promise<T>) {
    this.#work = work;
  }

  /** Never rejects. */
  async run(link: Link): Promise<Outcome<T>> {
    try {
      return { value: await this.#work(link) };
    } catch (error) {
      return { error };
    }
  }
}

/** What the driver rejects with to have slonik close a connection: it carries how the task ended all the same. */
export class SpentConnection extends Error {
  readonly outcome: Outcome<unknown>;

  constructor(outcome: Outcome<unknown>) {
    super('The connection is closed instead of given back to the pool.');
    this.outcome = outcome;
  }
}
