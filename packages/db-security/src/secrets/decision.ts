import type { SecretRow } from './read-batches.ts';

/** What is to be done with one row. */
export type Decision =
  /** There is no secret in it. */
  | { readonly kind: 'empty' }
  /** It is as it should be. */
  | { readonly kind: 'done' }
  /** Expanding: these texts go into the targets. Contracting: this one goes into the old column, null empties it. */
  | { readonly kind: 'write'; readonly values: readonly (string | null)[] }
  /** It stays as it is, for a reason that the report counts. */
  | { readonly kind: 'keep'; readonly reason: string };

/** How one kind of treatment judges rows. */
export interface Treater {
  /** What to write beside the old value; nothing old changes. */
  expand(row: SecretRow): Promise<Decision>;
  /** What the old value may become, judged against what was expanded. */
  contract(row: SecretRow): Promise<Decision>;
}

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

export const NOT_EXPANDED = keep('not expanded yet');
export const DIFFERS = keep('differs from what was expanded; expand again');
