/** The rows of a table at a moment, from those of now, the later entries, and the last earlier entry of each key. */

import { type ColumnHistory, createColumnHistory } from './column-history.ts';
import { contentHash } from './content-hash.ts';
import type { LiveTable } from './live-table.ts';
import { type EvidenceEntry, isSameStatement, keyAfter } from './log-entry.ts';
import { blankRow, type Cell, keyName, type RowState, toCell, Unknown } from './row-state.ts';
import { type Break, eraIndexOf, type TableTimeline } from './table-timeline.ts';
import { type Rows, type UndoContext, undo } from './undo.ts';

/** What is known of rows that share keys: all that is needed to tell what they were. */
export interface Evidence {
  /** The rows as they are now, by key. */
  readonly live: readonly (readonly [key: readonly string[], texts: readonly (string | null)[]])[];
  /** The entries after the moment, in any order. */
  readonly later: readonly EvidenceEntry[];
  /** By the name of the key: the last entry up to the moment that left a row there, or took it away. */
  readonly last: ReadonlyMap<string, EvidenceEntry>;
  /** By the name of the key: the last entry up to the moment that moved a row from it to another key. */
  readonly left: ReadonlyMap<string, EvidenceEntry>;
}

/** A row at the moment. */
export interface PastRow {
  readonly state: RowState;
  /** Whether its content has the hash that the log wrote when it was made. */
  readonly isProven: boolean;
}

/** Reconstructs rows of one table. */
export interface Reconstruction extends UndoContext {
  readonly columns: ColumnHistory;
  /** Columns, by today's names, of which a change alone has at some time since the moment not been logged. */
  readonly ignored: ReadonlySet<string>;
  rowsAt(evidence: Evidence): PastRow[];
}

export function createReconstruction(
  timeline: TableTimeline,
  live: LiveTable,
  eraIndex: number,
): Reconstruction {
  const columns = createColumnHistory(timeline.eras, live);
  const types = new Map(live.columns.map(({ name, type }) => [name, type]));
  /** For each era, what was ignored in it or later: a change of that alone left no entry. */
  const ignoredSince = timeline.eras.map(
    (_, since) =>
      new Set(
        timeline.eras.flatMap((era, index) =>
          index < since ? [] : era.ignore.map((name) => columns.identify(index, name)),
        ),
      ),
  );
  /** Whether every era since the moment hashed the column. */
  const isAlwaysHashed = (column: string): boolean =>
    timeline.eras.every(
      ({ hashed }, index) =>
        index < eraIndex || hashed.some((name) => columns.identify(index, name) === column),
    );
  const eraOf = (entry: EvidenceEntry): number => eraIndexOf(timeline, entry.id);
  const isRetyped = (index: number, name: string): boolean => {
    const type = timeline.eras[index]?.columns.find((column) => column.name === name)?.type;
    return type !== types.get(columns.identify(index, name));
  };

  const context: UndoContext = {
    keyColumns: live.key,
    identify: (entry, column) => columns.identify(eraOf(entry), column),
    isComparable: (entry, column) =>
      !ignoredSince[eraOf(entry)]?.has(columns.identify(eraOf(entry), column)) &&
      !isRetyped(eraOf(entry), column),
    unhashed: live.columns.map(({ name }) => name).filter((name) => !isAlwaysHashed(name)),
    hasHash(row, entry) {
      const index = eraOf(entry);
      const names = timeline.eras[index]?.hashed;
      if (
        names === undefined ||
        entry.contentHash === null ||
        entry.salt === null ||
        entry.isErased
      )
        return undefined;
      if (names.some((name) => isRetyped(index, name))) return undefined;
      const cells = names.map((name) => row.cells.get(columns.identify(index, name)));
      if (!cells.every(isText)) return undefined;
      const isMet = contentHash(entry.salt, cells) === entry.contentHash;
      // A change of ignored columns alone leaves no entry, and so no hash of the row after it.
      return !isMet && ignoredSince[index]?.size ? undefined : isMet;
    },
  };

  const earlierBreaks = timeline.breaks.filter(({ isLater }) => !isLater);
  const laterBreaks = timeline.breaks.filter(({ isLater }) => isLater);
  if (timeline.isOff) laterBreaks.push(OPEN_BREAK);

  const judge = (state: RowState, { last: lasts }: Evidence): PastRow => {
    const last = lasts.get(keyName(state.key));
    if (last === undefined) return { state, isProven: false };
    const hasHash = context.hasHash(state, last);
    // After a time without audit, that the row has another content than its last entry left contradicts nothing.
    const isExcused =
      state.doubts.has('audit-off') ||
      earlierBreaks.some(({ id, kind }) => id > last.id && kind !== 'truncated');
    if (!isExcused && (keyAfter(last) === null || hasHash === false))
      state.doubts.add('contradiction');
    if (hasHash) state.doubts.delete('audit-off');
    return { state, isProven: hasHash === true };
  };

  /** Rows that the log says were there, of which nothing later tells: truncated, or removed unseen. */
  const lostRows = (rows: Rows, { last, left }: Evidence): RowState[] =>
    [...last].flatMap(([name, entry]) => {
      const key = keyAfter(entry);
      const leaving = left.get(name);
      const isGone =
        key === null ||
        rows.has(name) ||
        (leaving && leaving.id > entry.id && !isSameStatement(leaving, entry)) ||
        earlierBreaks.some(({ id }) => id > entry.id);
      if (isGone) return [];
      const state = blankRow(key, live.key);
      if (entry.isErased) state.missing = 'erased';
      for (const [column, value] of Object.entries(entry.newValues ?? {}))
        state.cells.set(context.identify(entry, column), toCell(value));
      return [state];
    });

  return {
    ...context,
    columns,
    ignored: ignoredSince[eraIndex] ?? new Set(),
    rowsAt(evidence) {
      const rows: Rows = new Map();
      for (const [key, texts] of evidence.live) {
        const cells = new Map(live.columns.map(({ name }, index) => [name, texts[index] ?? null]));
        rows.set(keyName(key), [{ ...blankRow(key, live.key), cells, liveKey: key }]);
      }
      const newestFirst = evidence.later.toSorted((a, b) => b.id - a.id);
      undo(rows, newestFirst, laterBreaks, context);
      return [...[...rows.values()].flat(), ...lostRows(rows, evidence)].map((state) =>
        judge(state, evidence),
      );
    },
  };
}

/** While the audit is off: as if it came back right now. */
const OPEN_BREAK: Break = {
  id: Number.POSITIVE_INFINITY,
  at: '',
  kind: 'off',
  since: null,
  partition: null,
  rowCount: null,
  isLater: true,
};

function isText(cell: Cell | undefined): cell is string | null {
  return cell !== undefined && !(cell instanceof Unknown);
}
