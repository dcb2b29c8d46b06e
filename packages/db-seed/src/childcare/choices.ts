import type { GeneratorContext, SeedValue, ValueGenerator } from '../profile.ts';

/** One of these values. */
export const oneOf =
  (...values: readonly SeedValue[]): ValueGenerator =>
  ({ random }) =>
    random.pick(values) ?? null;

/** Up to `most` different values of the list, in its order. */
export function someOf<T>({ random }: GeneratorContext, values: readonly T[], most: number): T[] {
  const wanted = random.integer(1, Math.min(most, values.length));
  const left = [...values];
  while (left.length > wanted) left.splice(random.integer(0, left.length - 1), 1);
  return left;
}

/** The key of a row of a referenced table; null where the table has none. */
export const idOf =
  (reference: string): ValueGenerator =>
  (context) =>
    context.pick(reference)?.id ?? null;

/** The generator's value in a share of the rows, NULL in the others. */
export const sometimes =
  (share: number, generator: ValueGenerator): ValueGenerator =>
  (context) =>
    context.random.chance(share) ? generator(context) : null;
