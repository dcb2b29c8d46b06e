import type { Faker } from '@faker-js/faker';
import type { RelationName } from '@tothub/db-catalog';
import type { Random } from './values/random.ts';

/** A value to be written; Dates, arrays and objects take the text form of the column's type. */
export type SeedValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | readonly SeedValue[]
  | { readonly [key: string]: SeedValue };

/** An existing row of another table, as text. */
export type ReferencedRow = Readonly<Record<string, string | null>>;

/** What a generator may look at while it makes one value. */
export interface GeneratorContext {
  /** 0-based index of the row in its table. */
  readonly index: number;
  /** 0 for the first draw of a row, more when a constraint refused the earlier ones. */
  readonly attempt: number;
  /** Values of the same row; reading one that is not drawn yet draws it first. */
  readonly row: Readonly<Record<string, SeedValue>>;
  /** Draws from the stream of this very value, so that it depends on nothing else. */
  readonly faker: Faker;
  readonly random: Random;
  /** The fixed present of this run. */
  readonly now: Date;
  /** The rows (at most 1,000, by primary key) of a table that the profile lists under `references`. */
  rows(reference: string): readonly ReferencedRow[];
  /** One of these rows, undefined when there is none. */
  pick(reference: string): ReferencedRow | undefined;
}

/** Makes one value of a column. */
export type ValueGenerator = (context: GeneratorContext) => SeedValue;

/** What is known about one application's tables beyond its catalog. */
export interface SeedProfile {
  /** Tables never to be filled; an entry without `name` means the whole schema. */
  readonly exclude?: readonly { readonly schema: string; readonly name?: string }[];
  /** Generators by `table.column`, or `schema.table.column` where the schema is not `public`. */
  readonly columns?: Readonly<Record<string, ValueGenerator>>;
  /** Tables that the generators pick rows from, under a name of their own. Missing ones have no rows. */
  readonly references?: Readonly<
    Record<string, RelationName & { readonly columns: readonly string[] }>
  >;
}

/** The generator that a profile names for a column. */
export function profileGenerator(
  profile: SeedProfile | undefined,
  relation: RelationName,
  column: string,
): ValueGenerator | undefined {
  const generators = profile?.columns ?? {};
  const key = `${relation.schema}.${relation.name}.${column}`;
  if (Object.hasOwn(generators, key)) return generators[key];
  const short = `${relation.name}.${column}`;
  return relation.schema === 'public' && Object.hasOwn(generators, short)
    ? generators[short]
    : undefined;
}
