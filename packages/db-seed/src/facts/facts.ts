/** What CHECK constraints, domains and partition bounds say about a single column, as far as it is understood. */

export interface Bound {
  /** A constant as the server prints it, or the present. */
  readonly value: string | { readonly now: true };
  readonly inclusive: boolean;
}

export interface ColumnBound {
  readonly column: string;
  readonly inclusive: boolean;
}

export interface Facts {
  /** The only values allowed. */
  readonly choices?: readonly string[];
  readonly refused?: readonly string[];
  readonly lower?: readonly Bound[];
  readonly upper?: readonly Bound[];
  readonly above?: readonly ColumnBound[];
  readonly below?: readonly ColumnBound[];
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Regular expressions that the text must match. */
  readonly patterns?: readonly string[];
  /** LIKE patterns that the text must match. */
  readonly likes?: readonly string[];
  readonly notNull?: boolean;
  readonly isNull?: boolean;
}

/** Facts by column name. */
export type FactsByColumn = ReadonlyMap<string, Facts>;

const both = <T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
): readonly T[] | undefined => (a && b ? [...a, ...b] : (a ?? b));

const extreme = (
  choose: (...values: number[]) => number,
  a: number | undefined,
  b: number | undefined,
): number | undefined => (a !== undefined && b !== undefined ? choose(a, b) : (a ?? b));

/** The facts that hold when both hold. */
export function mergeFacts(a: Facts, b: Facts): Facts {
  const choices =
    a.choices && b.choices
      ? a.choices.filter((one) => b.choices?.includes(one))
      : (a.choices ?? b.choices);
  return withoutUndefined({
    choices,
    refused: both(a.refused, b.refused),
    lower: both(a.lower, b.lower),
    upper: both(a.upper, b.upper),
    above: both(a.above, b.above),
    below: both(a.below, b.below),
    patterns: both(a.patterns, b.patterns),
    likes: both(a.likes, b.likes),
    minLength: extreme(Math.max, a.minLength, b.minLength),
    maxLength: extreme(Math.min, a.maxLength, b.maxLength),
    notNull: a.notNull || b.notNull || undefined,
    isNull: a.isNull || b.isNull || undefined,
  });
}

/** Facts of every column when all the given ones hold. */
export function mergeAll(many: Iterable<FactsByColumn>): Map<string, Facts> {
  const merged = new Map<string, Facts>();
  for (const facts of many) {
    for (const [column, fact] of facts)
      merged.set(column, mergeFacts(merged.get(column) ?? {}, fact));
  }
  return merged;
}

/** Lets a column know the limits of the columns that it has to stay below or above. */
export function withInheritedBounds(facts: FactsByColumn): Map<string, Facts> {
  const limits = (
    column: string,
    side: 'above' | 'below',
    seen: ReadonlySet<string>,
  ): readonly Bound[] => {
    const own = facts.get(column);
    if (!own || seen.has(column)) return [];
    const further = (own[side] ?? []).flatMap((bound) =>
      limits(bound.column, side, new Set([...seen, column])).map((limit) => ({
        value: limit.value,
        inclusive: limit.inclusive && bound.inclusive,
      })),
    );
    return [...((side === 'above' ? own.lower : own.upper) ?? []), ...further];
  };
  return new Map(
    [...facts].map(([column, own]) => [
      column,
      {
        ...own,
        lower: limits(column, 'above', new Set()),
        upper: limits(column, 'below', new Set()),
      },
    ]),
  );
}

function withoutUndefined(facts: { [K in keyof Facts]: Facts[K] | undefined }): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
