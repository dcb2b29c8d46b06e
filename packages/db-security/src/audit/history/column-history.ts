/**
 * Which column of today an old entry means. Columns are followed by their numbers while the table is the same
 * relation, so that a rename, and a name given to another column, are told apart; after a restore, by name.
 */
import type { LiveTable } from './live-table.ts';
import type { Era } from './table-timeline.ts';

/** Marks a column that is gone; a name of PostgreSQL cannot hold this. */
const GONE = '\0';

/** Follows the names that columns had in one era to what they are called now. */
export interface ColumnHistory {
  /** The column's identity: today's name, or for one that is gone something that is no name. */
  identify(eraIndex: number, name: string): string;
}

/** The name of a column that is gone, as it was last; undefined for one that is there. */
export function goneName(identity: string): string | undefined {
  return identity.startsWith(GONE) ? identity.slice(identity.indexOf(GONE, 1) + 1) : undefined;
}

export function createColumnHistory(
  eras: readonly Era[],
  live: Pick<LiveTable, 'relation' | 'columns'>,
): ColumnHistory {
  const ages = [...eras, live];
  const steps = eras.map((era, index) => {
    const next = ages[index + 1] ?? live;
    return followColumns(era, next);
  });
  const cache = new Map<string, string>();
  const identify = (eraIndex: number, name: string): string => {
    let current = name;
    for (let index = eraIndex; index < eras.length; index++) {
      const step = steps[index];
      // A column that the note does not know was added or renamed since; the next note knows it by this name.
      if (!step?.has(current)) continue;
      const next = step.get(current);
      if (next === undefined) return `${GONE}${index}${GONE}${current}`;
      current = next;
    }
    return live.columns.some((column) => column.name === current)
      ? current
      : `${GONE}${eras.length}${GONE}${current}`;
  };
  return {
    identify(eraIndex, name) {
      const place = `${eraIndex} ${name}`;
      const known = cache.get(place) ?? identify(eraIndex, name);
      cache.set(place, known);
      return known;
    },
  };
}

type Age = Pick<LiveTable, 'columns'> | Pick<Era, 'columns'>;

function followColumns(
  older: Era,
  newer: Age & { readonly relation: string | undefined },
): Map<string, string | undefined> {
  const isSame = older.relation !== undefined && older.relation === newer.relation;
  return new Map(
    older.columns.map(({ name, number }) => [
      name,
      newer.columns.find((column) => (isSame ? column.number === number : column.name === name))
        ?.name,
    ]),
  );
}
