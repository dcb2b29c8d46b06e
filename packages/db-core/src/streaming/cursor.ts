import { executor, type ReadDatabase } from '../database/database.ts';
import type { Statement } from '../query/statement.ts';

let cursors = 0;

/** A cursor over the rows of a statement, in a transaction. PostgreSQL manual: DECLARE, FETCH. */
export class Cursor {
  readonly #tx: ReadDatabase;
  readonly #statement: Statement;
  readonly #signal: AbortSignal | undefined;
  readonly #name = `"stream_${++cursors}"`;
  #isOpen = false;

  constructor(tx: ReadDatabase, statement: Statement, signal: AbortSignal | undefined) {
    this.#tx = tx;
    this.#statement = statement;
    this.#signal = signal;
  }

  async open(): Promise<void> {
    const { text, values } = this.#statement;
    await this.#run(
      `DECLARE ${this.#name} NO SCROLL CURSOR FOR ${text}`,
      { values, shape: null },
      this.#signal,
    );
    this.#isOpen = true;
  }

  /** The next rows, checked; fewer than asked for are the last. */
  async fetch(count: number): Promise<readonly unknown[]> {
    // An error of the server closes it.
    this.#isOpen = false;
    const rows = await this.#run(`FETCH ${count} FROM ${this.#name}`, { values: [] }, this.#signal);
    this.#isOpen = true;
    return rows;
  }

  /** Has no signal: whoever leaves the loop after it has spoken wants no error of it. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    await this.#run(`CLOSE ${this.#name}`, { values: [], shape: null }, undefined);
  }

  async #run(
    text: string,
    change: Pick<Statement, 'values'> & Partial<Statement>,
    signal: AbortSignal | undefined,
  ): Promise<readonly unknown[]> {
    const { name, shape } = this.#statement;
    const { rows } = await this.#tx[executor].execute(
      { name, text, shape, access: 'read', prepare: false, ...change },
      { signal },
    );
    return rows;
  }
}
