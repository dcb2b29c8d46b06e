/** What is to be done with one row. */
export type Decision =
  /** There is nothing in it. */
  | { readonly kind: 'empty' }
  /** It is as it should be. */
  | { readonly kind: 'done' }
  /** These texts go into the columns that are written. */
  | { readonly kind: 'write'; readonly values: readonly (string | null)[] }
  /** It stays as it is, for a reason that the report counts. */
  | { readonly kind: 'keep'; readonly reason: string };

export const EMPTY: Decision = { kind: 'empty' };
export const DONE: Decision = { kind: 'done' };

/** The row stays as it is. */
export function keep(reason: string): Decision {
  return { kind: 'keep', reason };
}

/** These values are written. */
export function write(...values: readonly (string | null)[]): Decision {
  return { kind: 'write', values };
}
