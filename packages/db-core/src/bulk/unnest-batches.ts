import { arrayElement } from './array-literal.ts';
import type { ValueWriter } from './value-text.ts';

/** Most rows of a statement, and most characters: beyond these bigger batches were no quicker. */
const BATCH_ROWS = 5_000;
const BATCH_CHARS = 4_194_304;

/** Cuts rows into batches, each turned into one literal of an array per column, as `unnest` takes them. */
export function* unnestBatches(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: readonly { readonly key: string; readonly write: ValueWriter }[],
): Generator<readonly string[], void, undefined> {
  let literals = columns.map(() => '');
  let count = 0;
  let chars = 0;
  for (const [at, row] of rows.entries()) {
    for (const [column, { key, write }] of columns.entries()) {
      const element = arrayElement(write(row[key], at + 1));
      literals[column] += count === 0 ? element : `,${element}`;
      chars += element.length;
    }
    count++;
    if (count === BATCH_ROWS || chars >= BATCH_CHARS) {
      yield literals.map((elements) => `{${elements}}`);
      literals = columns.map(() => '');
      count = 0;
      chars = 0;
    }
  }
  if (count > 0) yield literals.map((elements) => `{${elements}}`);
}
