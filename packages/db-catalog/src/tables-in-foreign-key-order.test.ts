import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyCatalog, tableWith } from '../test/catalogs.ts';
import { tablesInForeignKeyOrder } from './tables-in-foreign-key-order.ts';

/** A catalog of tables, each with the names of those that it references. */
function catalogOf(references: Readonly<Record<string, readonly string[]>>) {
  const relations = Object.entries(references).map(([name, targets]) => tableWith(name, targets));
  return { ...emptyCatalog, relations };
}

function orderOf(references: Readonly<Record<string, readonly string[]>>) {
  const catalog = catalogOf(references);
  const { ordered, cycles } = tablesInForeignKeyOrder(catalog, catalog.relations);
  return {
    ordered: ordered.map((relation) => relation.name).join(' '),
    cycles: cycles.map((cycle) => cycle.map((relation) => relation.name).join(' ')),
  };
}

test('puts referenced tables first, names deciding where keys do not', () => {
  expect(
    orderOf({ visits: ['rooms', 'children'], children: ['rooms'], rooms: [], alarms: [] }),
  ).toEqual({
    ordered: 'alarms rooms children visits',
    cycles: [],
  });
});

test('a table that references itself is no cycle', () => {
  expect(orderOf({ staff: ['staff'], teams: ['staff'] })).toEqual({
    ordered: 'staff teams',
    cycles: [],
  });
});

test('keeps the tables of a cycle together, between what it needs and what needs it', () => {
  expect(
    orderOf({
      a: ['b'],
      b: ['c'],
      c: ['a', 'base'],
      base: [],
      user: ['b'],
      x: ['y'],
      y: ['x', 'user'],
    }),
  ).toEqual({ ordered: 'base a b c user x y', cycles: ['a b c', 'x y'] });
});

test('ignores keys to relations that were not given', () => {
  const catalog = catalogOf({ a: ['b', 'elsewhere'], b: ['c'], c: ['a'] });
  const given = catalog.relations.filter((relation) => relation.name !== 'c');
  const { ordered, cycles } = tablesInForeignKeyOrder(catalog, given);
  expect(ordered.map((relation) => relation.name)).toEqual(['b', 'a']);
  expect(cycles).toEqual([]);
});

test('orders a chain of ten thousand tables', () => {
  const names = Array.from({ length: 10_000 }, (_, place) => `t${place}`);
  const chain = Object.fromEntries(
    names.map((name, place) => [name, names.slice(place + 1, place + 2)]),
  );
  expect(orderOf(chain).ordered).toBe(names.toReversed().join(' '));
});

test('every key points backwards, or stays within one cycle', () => {
  const names = [...'abcdefgh'];
  const graph = fc.record(
    Object.fromEntries(
      names.map((name) => [name, fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 })]),
    ),
  );
  fc.assert(
    fc.property(
      graph,
      fc.shuffledSubarray(names, { minLength: names.length }),
      (references, shuffled) => {
        const { ordered, cycles } = orderOf(references);
        const places = ordered.split(' ');
        expect(places.toSorted()).toEqual(names);
        const cycleOf = (name: string): string | undefined =>
          cycles.find((cycle) => cycle.split(' ').includes(name));
        for (const name of names) {
          for (const target of references[name] ?? []) {
            const isBackwards = places.indexOf(target) <= places.indexOf(name);
            expect(isBackwards || cycleOf(name) === cycleOf(target)).toBe(true);
          }
          // In a cycle are exactly those that reach themselves through another table.
          const isInCycle = names.some(
            (other) =>
              other !== name &&
              reaches(references, name, other) &&
              reaches(references, other, name),
          );
          expect(cycleOf(name) !== undefined).toBe(isInCycle);
        }
        const turned = Object.fromEntries(shuffled.map((name) => [name, references[name] ?? []]));
        expect(orderOf(turned)).toEqual({ ordered, cycles });
      },
    ),
  );
});

function reaches(
  references: Readonly<Record<string, readonly string[]>>,
  from: string,
  to: string,
  seen = new Set<string>(),
): boolean {
  return (references[from] ?? []).some((next) => {
    if (next === to) return true;
    if (seen.has(next)) return false;
    return reaches(references, next, to, seen.add(next));
  });
}
