import { expect, test } from 'vitest';
import { formatValue } from './format-value.ts';

test('no value can move the cursor, break the line or hide what follows', () => {
  expect(
    ['plain "é"', null, '', 'a\nb\u001b[2J', '\u009b2J\u007f', '\u202eevil\u2066', '\u2028'].map(
      formatValue,
    ),
  ).toEqual([
    '"plain \\"é\\""',
    'NULL',
    '""',
    '"a\\nb\\u001b[2J"',
    '"\\u009b2J\\u007f"',
    '"\\u202eevil\\u2066"',
    '"\\u2028"',
  ]);
});
