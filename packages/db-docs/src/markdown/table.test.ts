import { expect, test } from 'vitest';
import { fence } from './fence.ts';
import { table } from './table.ts';

test('a table leaves out columns without a value, and itself without rows', () => {
  expect(
    table(
      ['A', 'B', 'C'],
      [
        ['1', '', 'x'],
        ['2', '', ''],
      ],
    ),
  ).toEqual(['| A | C |', '| --- | --- |', '| 1 | x |', '| 2 |  |', '']);
  expect(table(['A'], [])).toEqual([]);
});

test('a fence is longer than any in the text', () => {
  expect(fence('sql', 'select 1; -- ````\r\n```\n')).toEqual([
    '`````sql',
    'select 1; -- ````',
    '```',
    '`````',
    '',
  ]);
});
