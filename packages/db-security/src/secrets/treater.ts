import { type Decision, keep } from '../columns/decision.ts';
import type { ColumnRow } from '../columns/read-rows.ts';

/** How one kind of treatment judges rows. */
export interface Treater {
  /** What to write into the targets, beside the old value; nothing old changes. */
  expand(row: ColumnRow): Promise<Decision>;
  /** What the old value may become, judged against what was expanded; null empties it. */
  contract(row: ColumnRow): Promise<Decision>;
}

export const NOT_EXPANDED = keep('not expanded yet');
export const DIFFERS = keep('differs from what was expanded; expand again');
