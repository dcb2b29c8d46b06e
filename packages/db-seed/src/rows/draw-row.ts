import type { Faker } from '@faker-js/faker';
import { type Facts, mergeFacts } from '../facts/facts.ts';
import type { ColumnPlan, TablePlan } from '../plan/table-plan.ts';
import type { ReferencedRow, SeedValue } from '../profile.ts';
import { type DrawContext, drawValue } from '../values/draw-value.ts';
import type { Random } from '../values/random.ts';
import { valueText } from '../values/value-text.ts';
import { drawReferences } from './draw-references.ts';

/** Everything around a row that its values may depend on. */
export interface DrawSurroundings {
  readonly seed: number;
  readonly random: Random;
  readonly faker: Faker;
  readonly now: Date;
  /** Rows of the referenced tables, by foreign key name. */
  readonly parents: ReadonlyMap<string, readonly ReferencedRow[]>;
  /** Rows that the profile's generators pick from. */
  readonly rows: (reference: string) => readonly ReferencedRow[];
  /** Values asked for beforehand, by column. */
  readonly reserved: ReadonlyMap<string, readonly string[]>;
}

/** Texts by column name, of the drawn columns only. */
export type DrawnRow = ReadonlyMap<string, string | null>;

/** Draws one row. The same plan, surroundings, index and attempt always give the same row. */
export function drawRow(
  plan: TablePlan,
  around: DrawSurroundings,
  index: number,
  attempt: number,
): DrawnRow {
  const { random } = around;
  const table = `${plan.relation.schema}.${plan.relation.name}`;
  const stream = (name: string): (string | number)[] => [around.seed, table, name, index, attempt];
  const columns = new Map(plan.columns.map((column) => [column.name, column]));
  const values = new Map<string, SeedValue>();
  const underWay = new Set<string>();
  const partition = random.within(stream('\u0001partition'), () =>
    attempt === 0
      ? plan.partitions[index % Math.max(1, plan.partitions.length)]
      : random.pick(plan.partitions),
  );

  const cell = (name: string): SeedValue => {
    if (values.has(name)) return values.get(name) ?? null;
    const column = columns.get(name);
    // A column that waits for this one gets no answer: somebody has to begin.
    if (!column || underWay.has(name)) return null;
    underWay.add(name);
    const value = random.within(stream(name), () => draw(column));
    values.set(name, value);
    return value;
  };
  const row = new Proxy<Readonly<Record<string, SeedValue>>>(
    {},
    {
      get: (_, name) => (typeof name === 'string' ? cell(name) : undefined),
      has: (_, name) => typeof name === 'string' && columns.has(name),
      getOwnPropertyDescriptor: (_, name) =>
        typeof name === 'string' && columns.has(name)
          ? { configurable: true, enumerable: true, value: cell(name) }
          : undefined,
      ownKeys: () => [...columns.keys()],
    },
  );
  const context: DrawContext = {
    index,
    attempt,
    row,
    drawn: (name) => values.get(name),
    faker: around.faker,
    random,
    now: around.now,
    rows: around.rows,
    pick: (reference) => random.pick(around.rows(reference)),
  };

  const draw = (column: ColumnPlan): SeedValue => {
    if (column.source === 'sequence') return around.reserved.get(column.name)?.[index] ?? null;
    if (column.source !== 'drawn' || column.isSelfReference) return null;
    const bound = partition?.get(column.name);
    const facts = bound ? mergeFacts(column.facts, bound) : column.facts;
    if (column.generator) return profiled(column, facts, context);
    if (
      facts.isNull ||
      (column.nullable && !facts.notNull && random.chance(nullShare(column, attempt)))
    ) {
      return null;
    }
    return drawValue(column, facts, context);
  };

  drawReferences(plan, around.parents, {
    fixed: (column) =>
      columns.get(column)?.generator || partition?.get(column)?.choices
        ? valueText(cell(column), columns.get(column)?.type ?? { kind: 'unknown', name: '' })
        : undefined,
    within: (key, pick) => random.within(stream(`\u0001${key.name}`), () => pick(random)),
    index,
    attempt,
  }).forEach((value, column) => {
    values.set(column, value);
  });
  // The profile's values first: what is drawn here can give way, they cannot.
  for (const column of plan.columns) if (column.generator) cell(column.name);
  return new Map(
    plan.columns
      .filter((column) => column.source === 'drawn' || around.reserved.has(column.name))
      .map((column) => [column.name, valueText(cell(column.name), column.type)]),
  );
}

/** Mostly filled at first; later attempts look further, since a constraint may want the NULL. */
const nullShare = (column: ColumnPlan, attempt: number): number =>
  attempt > 4 ? 0.4 : column.isDistinct ? 0 : 0.1;

/** The profile's value, unless the database has a list of its own and the value is not on it. */
function profiled(column: ColumnPlan, facts: Facts, context: DrawContext): SeedValue {
  const value = column.generator?.(context) ?? null;
  if (
    value === null ||
    !facts.choices ||
    facts.choices.includes(valueText(value, column.type) ?? '')
  ) {
    return value;
  }
  return context.random.pick(facts.choices) ?? value;
}
