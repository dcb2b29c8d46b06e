import type { TablePlan } from '../plan/table-plan.ts';
import { type DrawnRow, type DrawSurroundings, drawRow } from './draw-row.ts';
import { type Judge, keyText, type Verdict } from './judge.ts';

/** The rows that pass, in order, and what refused the draws that did not. */
export interface ChosenRows {
  readonly rows: readonly DrawnRow[];
  /** Label of the constraint that refused most; undefined when nothing did. */
  readonly refusedBy: string | undefined;
}

/** Attempts of one load of a table; another load draws from attempts that no earlier one used. */
const attemptsPerLoad = 200;
const rounds: readonly (readonly [first: number, last: number])[] = [
  [0, 0],
  [1, 20],
  [21, 80],
  [81, attemptsPerLoad - 1],
];
const batchRows = 2000;

/**
 * Draws `count` rows of which each passes every constraint that the judge can evaluate, and no two collide. A
 * row takes its first attempt that passes. Fewer come back where the constraints leave no room for more.
 */
export async function chooseRows(
  plan: TablePlan,
  around: DrawSurroundings,
  judge: Judge,
  occupied: readonly ReadonlySet<string>[],
  count: number,
  load: number,
): Promise<ChosenRows> {
  const accepted = new Map<number, DrawnRow>();
  const taken = occupied.map((keys) => new Set(keys));
  const refusals = new Map<string, number>();
  const refuse = (label: string): void => {
    refusals.set(label, (refusals.get(label) ?? 0) + 1);
  };

  for (const [first, last] of rounds) {
    const pending = Array.from({ length: count }, (_, index) => index).filter(
      (index) => !accepted.has(index),
    );
    const width = last - first + 1;
    const stride = Math.max(1, Math.floor(batchRows / width));
    for (let from = 0; from < pending.length; from += stride) {
      const drawn = pending.slice(from, from + stride).flatMap((index) =>
        Array.from({ length: width }, (_, at) => ({
          index,
          row: drawRow(plan, around, index, load * attemptsPerLoad + first + at),
        })),
      );
      const verdicts = await judge.verdicts(drawn.map(({ row }) => row));
      const passing = drawn.flatMap((one, at) => {
        const verdict = verdicts[at];
        for (const label of verdict?.refusedBy ?? []) refuse(label);
        return verdict && verdict.refusedBy.length === 0 ? [{ ...one, verdict }] : [];
      });
      const earlier = [...accepted.values()];
      const pairs =
        plan.exclusions.length === 0
          ? []
          : await judge.conflicts([...earlier, ...passing.map(({ row }) => row)]);
      const apart = apartness(pairs);
      const chosen = new Set(earlier.map((_, at) => at));
      passing.forEach(({ index, row, verdict }, at) => {
        if (accepted.has(index)) return;
        const number = earlier.length + at;
        if (apart(number, chosen)) {
          refuse(plan.exclusions[0]?.label ?? '');
          return;
        }
        const collision = collisionOf(plan, taken, verdict);
        if (collision !== undefined) {
          refuse(collision);
          return;
        }
        claim(plan, taken, verdict);
        chosen.add(number);
        accepted.set(index, row);
      });
    }
    if (accepted.size === count) break;
  }
  const [refusedBy] = [...refusals].sort(([, a], [, b]) => b - a)[0] ?? [];
  const rows = [...accepted].sort(([a], [b]) => a - b).map(([, row]) => row);
  return { rows, refusedBy };
}

function apartness(
  pairs: readonly (readonly [number, number])[],
): (number: number, chosen: ReadonlySet<number>) => boolean {
  const against = new Map<number, number[]>();
  for (const [a, b] of pairs) {
    against.set(a, [...(against.get(a) ?? []), b]);
    against.set(b, [...(against.get(b) ?? []), a]);
  }
  return (number, chosen) => against.get(number)?.some((other) => chosen.has(other)) ?? false;
}

function collisionOf(
  plan: TablePlan,
  taken: readonly ReadonlySet<string>[],
  verdict: Verdict,
): string | undefined {
  return plan.uniques.find((_, at) => {
    const key = keyText(plan.uniques[at], verdict.keys[at]);
    return key !== undefined && taken[at]?.has(key);
  })?.label;
}

function claim(plan: TablePlan, taken: readonly Set<string>[], verdict: Verdict): void {
  plan.uniques.forEach((_, at) => {
    const key = keyText(plan.uniques[at], verdict.keys[at]);
    if (key !== undefined) taken[at]?.add(key);
  });
}
