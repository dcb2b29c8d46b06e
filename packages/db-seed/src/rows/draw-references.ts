import type { ForeignKeyConstraint } from '@tothub/db-catalog';
import type { TablePlan } from '../plan/table-plan.ts';
import type { ReferencedRow } from '../profile.ts';
import type { Random } from '../values/random.ts';

/** How the row being drawn looks to its foreign keys. */
export interface ReferenceContext {
  /** The text that a column has already got from elsewhere; undefined while it is free. */
  fixed(column: string): string | null | undefined;
  within<T>(key: ForeignKeyConstraint, pick: (random: Random) => T): T;
  readonly index: number;
  readonly attempt: number;
}

type Values = ReadonlyMap<string, string | null>;

/**
 * Chooses a referenced row for every foreign key of a new row, so that keys which share columns agree. Where
 * none fits and a column may be NULL, the key is left open (MATCH SIMPLE needs one NULL, MATCH FULL all).
 */
export function drawReferences(
  plan: TablePlan,
  parents: ReadonlyMap<string, readonly ReferencedRow[]>,
  context: ReferenceContext,
): Values {
  const nullable = new Set(
    plan.columns.filter((column) => column.nullable).map((column) => column.name),
  );
  const keys = plan.references;
  const fixed = new Map<string, string | null>();
  for (const column of keys.flatMap((key) => key.columns)) {
    const value = context.fixed(column);
    if (value !== undefined) fixed.set(column, value);
  }

  const solve = (at: number, values: Values): Values | undefined => {
    const key = keys[at];
    if (!key) return values;
    const free = key.columns.filter((column) => !values.has(column));
    if (free.length === 0 && key.columns.every((column) => fixed.has(column)))
      return solve(at + 1, values);
    if (key.match === 'simple' && key.columns.some((column) => values.get(column) === null)) {
      return solve(at + 1, values);
    }
    const rows = (parents.get(key.name) ?? []).filter((row) =>
      key.columns.every((column, part) => {
        const value = values.get(column);
        return value === undefined || value === row[key.references.columns[part] ?? ''];
      }),
    );
    // The first attempt goes through the parents in turn, which keeps one-to-one keys apart.
    const start = context.within(key, (random) =>
      context.attempt === 0 ? context.index : random.integer(0, Math.max(0, rows.length - 1)),
    );
    const prefersNull =
      context.attempt > 4 && context.within(key, (random) => random.word() % 5 < 2);
    if (prefersNull) {
      const open = opened(key, free, values);
      const solved = open && solve(at + 1, open);
      if (solved) return solved;
    }
    for (let tried = 0; tried < Math.min(rows.length, 50); tried++) {
      const row = rows[(start + tried) % rows.length];
      const chosen = new Map(values);
      key.columns.forEach((column, part) => {
        chosen.set(column, row?.[key.references.columns[part] ?? ''] ?? null);
      });
      const solved = solve(at + 1, chosen);
      if (solved) return solved;
    }
    const open = opened(key, free, values);
    return open ? solve(at + 1, open) : undefined;
  };

  const opened = (
    key: ForeignKeyConstraint,
    free: readonly string[],
    values: Values,
  ): Values | undefined => {
    const open = free.filter((column) => nullable.has(column));
    if (open.length === 0 || (key.match === 'full' && open.length < key.columns.length))
      return undefined;
    return new Map([...values, ...open.map((column) => [column, null] as const)]);
  };

  const solved = solve(0, fixed);
  if (!solved) throw new UnsatisfiableReferences(keys.map((key) => key.name));
  return new Map([...solved].filter(([column]) => !fixed.has(column)));
}

/** No rows of the referenced tables agree on the columns that these foreign keys share. */
export class UnsatisfiableReferences extends Error {
  readonly constraints: readonly string[];

  constructor(constraints: readonly string[]) {
    super(`no rows fit the foreign keys ${constraints.join(', ')} together`);
    this.constraints = constraints;
  }
}
