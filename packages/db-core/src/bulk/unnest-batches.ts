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

/** Types whose texts mean nothing to the grammar of arrays. */
const PLAIN: ReadonlySet<BulkType> = new Set(['bool', 'int2', 'int4', 'int8', 'float8']);

/** Cuts rows into batches, each turned into one literal of an array per column, as `unnest` takes them. */
export function* unnestBatches(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: readonly WrittenColumn[],
): Generator<readonly string[], void, undefined> {
  const arrays = columns.map(({ key, type, write }) => ({
    key,
    write,
    element: PLAIN.has(type) ? plainElement : arrayElement,
    elements: [] as string[],
  }));
  const take = (): string[] => arrays.map((array) => `{${array.elements.splice(0).join(',')}}`);

  let count = 0;
  let chars = 0;
  for (const [at, row] of rows.entries()) {
    for (const { key, write, element, elements } of arrays) {
      const text = element(write(row[key], at + 1));
      elements.push(text);
      chars += text.length;
    }
    count++;
    if (count === BATCH_ROWS || chars >= BATCH_CHARS) {
      yield take();
      count = 0;
      chars = 0;
    }
  }
  if (count > 0) yield take();
}

const plainElement = (text: string | null): string => text ?? 'NULL';
