import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DataTable } from '../snapshot/data-table.ts';
import { shareTables } from './dump-part.ts';

const table = (name: string, bytes: number): DataTable => ({
  schema: 'public',
  name,
  bytes,
  wholeTree: false,
  columns: [],
  copyColumns: [],
  key: [],
  leaves: [],
});
const MB = 1_048_576;
const namesOf = (shares: DataTable[][]) => shares.map((share) => share.map(({ name }) => name));

it('gives the largest tables to whom has least', () => {
  const tables = [table('a', 9 * MB), table('b', 5 * MB), table('c', 5 * MB), table('d', 10)];
  expect(namesOf(shareTables(tables, 2, 0))).toEqual([['d', 'b', 'c'], ['a']]);
  expect(namesOf(shareTables(tables, 2, 20 * MB))).toEqual([['d'], ['a', 'b', 'c']]);
});

it('makes no share of small tables, nor more shares than there are tables', () => {
  const small = [table('a', 10), table('b', 10)];
  expect(namesOf(shareTables(small, 4, 0))).toEqual([['a', 'b']]);
  expect(namesOf(shareTables([], 4, 0))).toEqual([[]]);
  expect(namesOf(shareTables([table('a', 2 * MB)], 8, 0))).toEqual([['a']]);
});

it('puts every table into one share, and no share above twice the fair one unless one table is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: MB, max: 900 * MB }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      (sizes, jobs) => {
        const tables = sizes.map((bytes, index) => table(String(index), bytes));
        const shares = shareTables(tables, jobs, 0);
        expect(namesOf(shares).flat().sort()).toEqual(tables.map(({ name }) => name).sort());
        const sums = shares.map((share) => share.reduce((sum, { bytes }) => sum + bytes, 0));
        const fair = sizes.reduce((sum, bytes) => sum + bytes, 0) / jobs;
        expect(Math.max(...sums)).toBeLessThanOrEqual(Math.max(2 * fair, ...sizes));
      },
    ),
  );
});
