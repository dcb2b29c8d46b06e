import type { TextRow } from './row-reader.ts';

/**
 * Order of two rows by their first `length` values, as PostgreSQL sorts text under COLLATE "C" with nulls
 * first: by the bytes of UTF-8, which JavaScript's own comparison (UTF-16) does not always agree with.
 */
export function compareKeys(a: TextRow, b: TextRow, length: number): number {
  for (let index = 0; index < length; index++) {
    const left = a[index] ?? null;
    const right = b[index] ?? null;
    if (left === right) continue;
    if (left === null) return -1;
    if (right === null) return 1;
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  }
  return 0;
}
