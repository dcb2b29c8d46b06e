/** Why rows were left as they are, and how many. */
export interface KeptRows {
  readonly reason: string;
  readonly count: number;
}

/** Counts while rows are rewritten. */
export interface Tally {
  /** Rows that were looked at. */
  examined: number;
  /** Rows that were changed, or in a dry run would be. */
  written: number;
  /** Rows that needed nothing: done by an earlier run, or right from the start. */
  alreadyDone: number;
  readonly kept: Map<string, number>;
}

export function newTally(): Tally {
  return { examined: 0, written: 0, alreadyDone: 0, kept: new Map() };
}

export function countKept(tally: Tally, reason: string, count = 1): void {
  if (count > 0) tally.kept.set(reason, (tally.kept.get(reason) ?? 0) + count);
}

/** The reasons of a tally in alphabetical order. */
export function keptRows({ kept }: Tally): KeptRows[] {
  return [...kept]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => (a.reason < b.reason ? -1 : 1));
}
