/** What the examination of the log can find. */
export type AuditProblemKind =
  /** The table of the log or of the seals is not what the installation made, or a partition hangs loose. */
  | 'log-replaced'
  /** A number is missing among the seals. */
  | 'seal-missing'
  /** A seal does not follow from the one before it. */
  | 'seal-changed'
  /** Entries that were sealed are gone. */
  | 'entries-missing'
  /** An entry that was sealed is not as it was, or two have changed places. */
  | 'entries-changed'
  /** Entries that no trigger can have written: their ids were over when they appeared, or are there twice. */
  | 'entries-added'
  /** Every sealed entry of a month is gone, and no note of retention says so. */
  | 'month-missing'
  /** Values were erased, and no note of an erasure says so. */
  | 'erased-without-note'
  /** What erasure had left of an entry was changed afterwards. */
  | 'erased-changed'
  /** Retention is said to have dropped what is still there. */
  | 'retention-contradicted'
  /** A note of retention or erasure does not say what such a note says. */
  | 'note-unreadable'
  /** The sequence of ids was set back. */
  | 'sequence-set-back'
  /** The anchor knows a later seal than the newest one: the end was cut off. */
  | 'cut-off'
  /** The seal that the anchor names has another hash: history was written anew. */
  | 'anchor-differs';

/** One thing that is wrong with the log. */
export interface AuditProblem {
  readonly kind: AuditProblemKind;
  /** What was found. What to do now. Holds no values. */
  readonly message: string;
  /** The number of the seal, or of the first of several. */
  readonly seal?: number;
  /** The first 100 ids concerned, where they are known. */
  readonly ids?: readonly string[];
  /** As yyyy-mm. */
  readonly month?: string;
}

/** How many ids a problem lists. */
export const LISTED_IDS = 100;

/** "1 entry", "1,200 entries". */
export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
