/**
 * Who has which connection of slonik's pool. A connection that has ended its call is kept until the turn of the event
 * loop ends: most callers ask again at once, and a checkout of slonik costs half of what a short query costs the client.
 */
import type { DatabasePool, DatabasePoolConnection } from 'slonik';
import type { Link } from './link.ts';
import { Task } from './task.ts';

/** The pool could give no connection. */
export class NoConnection extends Error {}

/** Then a connection goes back all the same, so that slonik can see its age. */
const LONGEST_LOAN_MS = 1_000;

interface Loan {
  readonly link: Link;
  readonly beganAtMs: number;
  /** Gives the connection back to slonik. */
  end(): void;
}

export class Loans {
  readonly #pool: DatabasePool;
  #kept: Loan[] = [];
  #waiting = 0;

  constructor(pool: DatabasePool) {
    this.#pool = pool;
  }

  /** Connections that have ended their call and are not given back yet. */
  get keptCount(): number {
    return this.#kept.length;
  }

  /**
   * Runs work on a connection, in the async context of the caller.
   * @throws NoConnection, and whatever the work throws
   */
  async lend<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const loan = this.#takeKept() ?? (await this.#begin());
    try {
      return await work(loan.link);
    } finally {
      this.#release(loan);
    }
  }

  #takeKept(): Loan | undefined {
    const loan = this.#kept.pop();
    if (loan === undefined || loan.link.isReusable) return loan;
    loan.end();
    return this.#takeKept();
  }

  #begin(): Promise<Loan> {
    this.#waiting++;
    const { promise, resolve, reject } = Promise.withResolvers<Loan>();
    let isLent = false;
    const task = new Task((link) => {
      this.#waiting--;
      isLent = true;
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      resolve({ link, beganAtMs: performance.now(), end });
      return ended;
    });
    this.#pool
      .connect((connection) => (connection as Lent).connection.query('task', task))
      .catch((cause: unknown) => {
        // Whoever had the connection knows that it is spent.
        if (isLent) return;
        this.#waiting--;
        reject(new NoConnection('The pool gave no connection.', { cause }));
      });
    return promise;
  }

  #release(loan: Loan): void {
    const isDue = performance.now() - loan.beganAtMs > LONGEST_LOAN_MS;
    if (this.#waiting > 0 || isDue || !loan.link.isReusable) {
      loan.end();
      return;
    }
    if (this.#kept.length === 0) setImmediate(this.#giveBack);
    this.#kept.push(loan);
  }

  readonly #giveBack = (): void => {
    const kept = this.#kept;
    this.#kept = [];
    for (const loan of kept) loan.end();
  };
}

/** What slonik lends: around the connection of our driver, which its types leave out. */
interface Lent extends DatabasePoolConnection {
  readonly connection: { query(sql: string, values: unknown): Promise<unknown> };
}
