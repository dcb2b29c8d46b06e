import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyText } from './copy-text.ts';
import { legacyTables } from './tables.ts';
import { World } from './world.ts';

test('every row of a table has the same columns', () => {
  const world = new World(1, 1);
  for (const table of legacyTables) {
    const shapes = new Set([...world.rows(table)].map((row) => Object.keys(row).join(',')));
    expect([table.name, shapes.size]).toEqual([table.name, 1]);
  }
});

test('ids are different for every row, seed and table', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), (seed, scale) => {
      const [one, other] = [new World(seed, scale), new World(seed + 1, scale)];
      const ids = legacyTables.flatMap((table) =>
        [one, other].flatMap((world) =>
          Array.from({ length: world.count(table) }, (_, index) => world.at(table, index).id),
        ),
      );
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
    { numRuns: 5 },
  );
});

test('a larger scale adds rows and changes none of the ids before', () => {
  const [small, large] = [new World(7, 1), new World(7, 30)];
  for (const table of legacyTables) {
    expect(large.count(table)).toBe(
      table.rows * { activity: 30, people: 3, none: 1 }[table.growth ?? 'none'],
    );
    expect(large.at(table, table.rows - 1).id).toBe(small.at(table, table.rows - 1).id);
  }
});

test('addresses and telephone numbers are of the reserved kind', () => {
  const text = legacyTables
    .flatMap((table) => [
      ...copyText(
        ['email', 'phone', 'parent_email', 'parent_phone', 'details'],
        new World(1, 3).rows(table),
      ),
    ])
    .join('');
  expect(
    text.match(/[\w.]+@[\w.]+/g)?.filter((address) => !address.endsWith('@example.org')),
  ).toEqual([]);
  const numbers = text.match(/\(?\d{3}\)?[ -]?\d{3}-?\d{4}/g) ?? [];
  expect(numbers.length).toBeGreaterThan(100);
  expect(numbers.filter((number) => !/55501|555-01/.test(number))).toEqual([]);
});

test('COPY text survives backslashes, tabs, line ends, quotes and NULL look-alikes', () => {
  const rows = [
    { a: 'back\\slash\ttab\nline\rreturn', b: ['a"b', 'c\\d', 'e,f', ''], c: null, d: '\\N' },
  ];
  expect([...copyText(['a', 'b', 'c', 'd'], rows)]).toEqual([
    'back\\\\slash\\ttab\\nline\\rreturn\t{"a\\\\"b","c\\\\\\\\d","e,f",""}\t\\N\t\\\\N\n',
  ]);
});
