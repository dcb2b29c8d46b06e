import { arrayElement } from './array-literal.ts';
import type { BulkType } from './columns.ts';
import type { ValueWriter } from './value-text.ts';

/** A column as its values are written. */
export interface WrittenColumn {
  readonly key: string;
  readonly type: BulkType;
  readonly write: ValueWriter;
}

/** Most rows of a statement, and most characters: beyond these, bigger batches were no quicker. */
const BATCH_ROWS = 10_000;
const BATCH_CHARS = 4_194_304;
/** Rows that are written column by column, which is twice as quick as row by row. */
const CHUNK_ROWS = 50;

/** Types whose texts mean nothing to the grammar of arrays. */
const PLAIN: ReadonlySet<BulkType> = new Set(['bool', 'int2', 'int4', 'int8', 'float8']);

type Row = Readonly<Record<string, unknown>>;

/** Cuts rows into batches, each turned into one literal of an array per column, as `unnest` takes them. */
export function* unnestBatches(
  rows: readonly Row[],
  columns: readonly WrittenColumn[],
): Generator<readonly string[], void, undefined> {
  const arrays = columns.map((column) => new ArrayOfColumn(column));
  const take = (): string[] => arrays.map((array) => array.take());
  let count = 0;
  let chars = 0;
  for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
    const to = Math.min(from + CHUNK_ROWS, rows.length);
    for (const array of arrays) chars += array.add(rows, from, to);
    count += to - from;
    if (count === BATCH_ROWS || chars >= BATCH_CHARS) {
      yield take();
      count = 0;
      chars = 0;
    }
  }
  if (count > 0) yield take();
}

class ArrayOfColumn {
  readonly #column: WrittenColumn;
  readonly #isPlain: boolean;
  #elements: string[] = [];

  constructor(column: WrittenColumn) {
    this.#column = column;
    this.#isPlain = PLAIN.has(column.type);
  }

  /** Writes the values of some rows, and tells how many characters they took. */
  add(rows: readonly Row[], from: number, to: number): number {
    const { key, write } = this.#column;
    let chars = 0;
    for (let at = from; at < to; at++) {
      const text = write((rows[at] as Row)[key], at + 1);
      const element = this.#isPlain ? (text ?? 'NULL') : arrayElement(text);
      this.#elements.push(element);
      chars += element.length;
    }
    return chars;
  }

  take(): string {
    const literal = `{${this.#elements.join(',')}}`;
    this.#elements = [];
    return literal;
  }
}
