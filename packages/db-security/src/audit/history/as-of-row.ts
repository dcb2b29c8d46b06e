import { goneName } from './column-history.ts';
import type { PastTable } from './past-table.ts';
import type { PastRow } from './reconstruct.ts';
import { type Doubt, Unknown, type UnknownReason } from './row-state.ts';

/** A row as it was. */
export interface AsOfRow {
  /** Texts of the primary key; null where the table has none. */
  readonly key: readonly string[] | null;
  /** Exact texts by today's column names; null is SQL NULL. A column that is not here is in `unknown`. */
  readonly values: Readonly<Record<string, string | null>>;
  /** Columns whose value cannot be known, and why. */
  readonly unknown: Readonly<Record<string, UnknownReason>>;
  /** Values of columns that the table has no more, by the names they had. */
  readonly gone: Readonly<Record<string, string | null>>;
  /** Whether the row has the content hash that the log wrote when it was made so. */
  readonly isProven: boolean;
  /** Why it may not be what is shown; empty as a rule. */
  readonly doubts: readonly Doubt[];
}

/** Makes what puts the reconstructed rows of a table into today's names. */
export function createRowDescriber(past: PastTable): (row: PastRow) => AsOfRow {
  const identities = identitiesThen(past);
  const unlogged = new Set(identities.filter((identity) => !isLogged(past, identity)));
  return ({ state, isProven }) => {
    const values: [string, string | null][] = [];
    const unknown: [string, UnknownReason][] = [];
    const gone: [string, string | null][] = [];
    for (const identity of identities) {
      const name = goneName(identity);
      const cell = state.cells.get(identity);
      if (name !== undefined) {
        if (cell !== undefined && !(cell instanceof Unknown)) gone.push([name, cell]);
      } else if (unlogged.has(identity)) unknown.push([identity, 'not-logged']);
      else if (cell === undefined) unknown.push([identity, state.missing]);
      else if (cell instanceof Unknown) unknown.push([identity, cell.reason]);
      else values.push([identity, cell]);
    }
    return {
      key: state.key,
      // Not by assignment: a column may be called __proto__.
      values: Object.fromEntries(values),
      unknown: Object.fromEntries(unknown),
      gone: Object.fromEntries(gone),
      isProven,
      doubts: [...state.doubts],
    };
  };
}

function identitiesThen({ era, eraIndex, reconstruction, live }: PastTable): string[] {
  const then = new Set(
    era.columns.map(({ name }) => reconstruction.columns.identify(eraIndex, name)),
  );
  const now = live.columns.map(({ name }) => name);
  return [
    ...now.filter((name) => then.has(name)),
    ...[...then].filter((name) => !now.includes(name)),
  ];
}

/** Whether changes of the column have been logged ever since. */
function isLogged({ timeline, eraIndex, reconstruction }: PastTable, identity: string): boolean {
  return timeline.eras.slice(eraIndex).every((era, index) => {
    const name = era.columns.find(
      (column) => reconstruction.columns.identify(eraIndex + index, column.name) === identity,
    )?.name;
    return name === undefined || era.hashed.includes(name) || era.redact.includes(name);
  });
}
