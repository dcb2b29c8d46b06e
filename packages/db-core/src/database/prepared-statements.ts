import { createHash } from 'node:crypto';
import type { PreparedStatement } from './wire-query.ts';

/** What a name can be long, in bytes. */
const NAME_BYTES = 63;
const HASH_LENGTH = 16;
const NOTHING: readonly string[] = [];

/**
 * The statements that are prepared on one connection, the one used longest ago first. There are at most `limit`:
 * each costs the server memory, and texts with lists of conditions have no end of variants.
 */
export class PreparedStatements {
  readonly #limit: number;
  readonly #byText = new Map<string, PreparedStatement>();
  #toForget: string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The statement for a text, made if need be, and the names that the server is to forget before. */
  take(
    query: string,
    text: string,
  ): { readonly prepared: PreparedStatement; readonly forget: readonly string[] } {
    const known = this.#byText.get(text);
    if (known !== undefined) {
      // Only a full table has a use for the order.
      if (this.#byText.size === this.#limit) {
        this.#byText.delete(text);
        this.#byText.set(text, known);
      }
      return { prepared: known, forget: NOTHING };
    }
    const [oldest] = this.#byText.size < this.#limit ? [] : this.#byText.keys();
    if (oldest !== undefined) this.drop(oldest);
    const prepared = { name: statementName(query, text), isPrepared: false, reader: null };
    this.#byText.set(text, prepared);
    const forget = this.#toForget;
    this.#toForget = [];
    return { prepared, forget };
  }

  /** Has a text prepared anew, should it come again. */
  drop(text: string): void {
    const prepared = this.#byText.get(text);
    this.#byText.delete(text);
    if (prepared?.isPrepared === true) this.#toForget.push(prepared.name);
  }
}

/** The name of the query, for `pg_prepared_statements`, and a hash of the text, which makes it unique. */
export function statementName(query: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
  const readable = query.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, NAME_BYTES - HASH_LENGTH - 1);
  return `${readable}_${hash}`;
}
