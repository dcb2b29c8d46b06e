import { expect, test } from 'vitest';
import { periodsPerYear } from './periods-per-year.ts';

test.each([
  ['2026-01-05', '2026-01-11', 52],
  ['2026-01-05', '2026-01-18', 26],
  ['2026-02-01', '2026-02-28', 12],
  ['2026-12-01', '2026-12-31', 12],
  ['2026-03-01', '2026-03-15', 24],
  ['2026-02-16', '2026-02-28', 24],
  ['2028-02-16', '2028-02-29', 26],
  ['2026-01-16', '2026-01-31', 24],
  ['2026-01-01', '2026-12-31', 1],
  ['2026-01-01', '2026-01-10', 36.5],
])('a period from %s to %s is one of %d in a year', (start, end, count) => {
  expect(periodsPerYear(start, end)).toBe(count);
});
