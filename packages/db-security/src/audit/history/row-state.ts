/** A row as far as the log tells it, at one place in the past. */
import type { EvidenceEntry, LoggedValue } from './log-entry.ts';

/** Why a value, or a whole row, cannot be known. */
export type UnknownReason =
  /** The log keeps only that it changed. */
  | 'redacted'
  /** The log keeps only its length and hash. */
  | 'large'
  | 'erased'
  /** The column was excluded from the log, or is computed when it is read. */
  | 'not-logged'
  /** The row was gone before the log wrote it down: truncated by count, or removed while the audit was off. */
  | 'lost'
  /** The audit was off between then and the next that the log tells. */
  | 'audit-off';

/** A value that is not known. */
export class Unknown {
  readonly reason: UnknownReason;

  constructor(reason: UnknownReason) {
    this.reason = reason;
  }
}

/** The exact text, null for SQL NULL, or that it is not known. */
export type Cell = string | null | Unknown;

/** Why a row may not be what is shown, though every step could be taken back. */
export type Doubt =
  /** Its content does not have the hash, or an entry the values, that the log says: a change is missing or was made up. */
  | 'contradiction'
  /** The audit was off between then and now. */
  | 'audit-off'
  /** Several rows had this key at once, and nothing tells which of them an entry means. */
  | 'ambiguous';

export interface RowState {
  key: readonly string[];
  /** By column identity. */
  readonly cells: Map<string, Cell>;
  /** The key of the row as it is now; null where it is gone. */
  readonly liveKey: readonly string[] | null;
  readonly doubts: Set<Doubt>;
  /** Why columns that have no cell are not known. */
  missing: UnknownReason;
  /** The entry whose undoing gave the row its key. */
  placedBy: EvidenceEntry | null;
}

/** A row of which nothing but the key is known yet. */
export function blankRow(key: readonly string[], keyColumns: readonly string[]): RowState {
  return {
    key,
    cells: new Map(keyColumns.map((column, index) => [column, key[index] ?? null])),
    liveKey: null,
    doubts: new Set(),
    missing: 'lost',
    placedBy: null,
  };
}

/** Two keys are equal when their names are. */
export function keyName(key: readonly string[]): string {
  return key.length === 1 ? (key[0] ?? '') : JSON.stringify(key);
}

/** The value of a logged one. */
export function toCell(value: LoggedValue): Cell {
  if (value === null || typeof value === 'string') return value;
  if ('redacted' in value) return new Unknown('redacted');
  return new Unknown('erased' in value ? 'erased' : 'large');
}
