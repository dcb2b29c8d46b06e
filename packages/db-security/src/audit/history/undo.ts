/**
 * Takes the entries of the log back, newest first, from the rows as they are now. A pure function: what is not in the
 * entries is not known, and says so.
 */
import { type EvidenceEntry, isSameStatement, keyAfter, type LoggedValues } from './log-entry.ts';
import { blankRow, type Cell, keyName, type RowState, toCell, Unknown } from './row-state.ts';
import type { Break } from './table-timeline.ts';

/** What undoing needs to know beside the entries. */
export interface UndoContext {
  /** The columns of the key, in its order. */
  readonly keyColumns: readonly string[];
  /** The identity of the column that an entry calls by this name. */
  identify(entry: EvidenceEntry, column: string): string;
  /** Whether a column's text then can be compared with texts of now: not if it was retyped, or changes unlogged. */
  isComparable(entry: EvidenceEntry, column: string): boolean;
  /** Columns of which a hash would not show a change that was made while the audit was off. */
  readonly unhashed: readonly string[];
  /** Whether the row has the content hash of the entry; undefined where that cannot be told. */
  hasHash(row: RowState, entry: EvidenceEntry): boolean | undefined;
}

/** Rows by key. Several can have one key in the middle of a transaction, or of a statement. */
export type Rows = Map<string, RowState[]>;

/**
 * Takes back one after another what happened to rows that share no key with others.
 *
 * @param rows as they are now; changed in place to what they were.
 * @param entries newest first.
 * @param breaks oldest first, those after the moment alone.
 */
export function undo(
  rows: Rows,
  entries: readonly EvidenceEntry[],
  breaks: readonly Break[],
  context: UndoContext,
): Rows {
  let open = breaks.length;
  const passBreaksAfter = (id: number): void => {
    for (let at = breaks[open - 1]; open > 0 && at && at.id > id; at = breaks[--open - 1])
      passBreak(rows, at, context);
  };
  for (const entry of entries) {
    passBreaksAfter(entry.id);
    undoEntry(rows, entry, context);
  }
  passBreaksAfter(-1);
  return rows;
}

function undoEntry(rows: Rows, entry: EvidenceEntry, context: UndoContext): void {
  const { key, operation } = entry;
  if (key === null) return;
  const after = keyAfter(entry);
  if (after === null) {
    put(rows, blankRow(key, context.keyColumns), entry, context);
    return;
  }
  const row = take(rows, after, entry, context);
  if (operation === 'INSERT') return;
  // An UPDATE proves that there was a row, though it was lost since.
  const before = row ?? blankRow(key, context.keyColumns);
  if (row === undefined) know(before, entry.newValues, entry, context);
  before.key = key;
  put(rows, before, entry, context);
}

function put(rows: Rows, row: RowState, entry: EvidenceEntry, context: UndoContext): void {
  if (entry.isErased && entry.oldValues === null) {
    for (const column of row.cells.keys()) row.cells.set(column, new Unknown('erased'));
    for (const [index, column] of context.keyColumns.entries())
      row.cells.set(column, row.key[index] ?? null);
    row.missing = 'erased';
  }
  know(row, entry.oldValues, entry, context);
  row.placedBy = entry;
  const name = keyName(row.key);
  rows.set(name, [...(rows.get(name) ?? []), row]);
}

function know(
  row: RowState,
  values: LoggedValues | null,
  entry: EvidenceEntry,
  { identify }: UndoContext,
): void {
  for (const [column, value] of Object.entries(values ?? {}))
    row.cells.set(identify(entry, column), toCell(value));
}

/** Takes the row that the entry left away from its key. */
function take(
  rows: Rows,
  key: readonly string[],
  entry: EvidenceEntry,
  context: UndoContext,
): RowState | undefined {
  const name = keyName(key);
  const present = rows.get(name) ?? [];
  // A statement that swaps keys is taken back row by row: a row that it has been taken back from already is not meant.
  const candidates = present.filter(
    ({ placedBy }) => placedBy === null || !isSameStatement(placedBy, entry),
  );
  const row = candidates.length > 1 ? choose(candidates, entry, context) : candidates[0];
  if (row === undefined) return undefined;
  // A change that was made while the audit was off contradicts nothing.
  if (!row.doubts.has('audit-off') && !agrees(row, entry, context)) row.doubts.add('contradiction');
  const others = present.filter((candidate) => candidate !== row);
  if (others.length === 0) rows.delete(name);
  else rows.set(name, others);
  return row;
}

/** Which of several rows with one key the entry left: the one that has its content. */
function choose(
  candidates: readonly RowState[],
  entry: EvidenceEntry,
  context: UndoContext,
): RowState | undefined {
  const agreeing = candidates.filter((row) => agrees(row, entry, context));
  const proven = agreeing.filter((row) => context.hasHash(row, entry) === true);
  const [chosen, other] = proven.length > 0 ? proven : agreeing;
  if (chosen && other && proven.length === 0) chosen.doubts.add('ambiguous');
  return chosen ?? candidates[0];
}

/** Whether the row has the values that the entry says it left. */
function agrees(row: RowState, entry: EvidenceEntry, context: UndoContext): boolean {
  return Object.entries(entry.newValues ?? {}).every(([column, value]) => {
    const now: Cell | undefined = row.cells.get(context.identify(entry, column));
    const said = toCell(value);
    if (now === undefined || now instanceof Unknown || said instanceof Unknown) return true;
    return now === said || !context.isComparable(entry, column);
  });
}

function passBreak(rows: Rows, { kind, partition }: Break, { unhashed }: UndoContext): void {
  // What came before a table made anew, or emptied, has nothing to do with the rows of today.
  if (kind === 'recreated' || (kind === 'truncated' && partition === null)) rows.clear();
  if (kind !== 'off') return;
  for (const row of [...rows.values()].flat()) {
    row.doubts.add('audit-off');
    for (const column of unhashed) {
      if (row.cells.has(column)) row.cells.set(column, new Unknown('audit-off'));
    }
  }
}
