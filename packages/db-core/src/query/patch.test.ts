import { expect, test } from 'vitest';
import { z } from 'zod';
import { assignments, patch } from './patch.ts';

const columns = { title: 'title', dueDate: 'due_date', tags: 'tags', count: 'count' } as const;

test('sets what is there, also to null, and leaves out what is absent or undefined', () => {
  const { sql, values } = assignments(columns, {
    title: `x', y = 1 --`,
    dueDate: null,
    tags: undefined,
  });
  expect(sql.replaceAll('$slonik_', '$')).toMatchInlineSnapshot(`""title" = $1, "due_date" = $2"`);
  expect(values).toEqual([`x', y = 1 --`, null]);
});

test('binds instants in UTC and lists as text arrays', () => {
  const { sql, values } = assignments(columns, {
    dueDate: new Date('2031-02-03T04:05:06.789Z'),
    tags: ['a,b', '{}'],
    count: 0,
  });
  expect(sql.replaceAll('$slonik_', '$')).toMatchInlineSnapshot(
    `""due_date" = $1::timestamp, "tags" = $2::"text"[], "count" = $3"`,
  );
  expect(values).toEqual(['2031-02-03T04:05:06.789Z', ['a,b', '{}'], 0]);
});

test('never names a column that the query did not', () => {
  const hostile = { title: 'x', 'count" = 0; --': 1 } as { title: string };
  expect(assignments(columns, hostile).sql).toBe('"title" = $slonik_1');
});

test('a patch has known keys only, and at least one that is not undefined', () => {
  const schema = patch({ title: z.string(), note: z.string().nullable() });
  expect(schema.parse({ note: null })).toEqual({ note: null });
  for (const none of [{}, { title: undefined }, { title: null }, { title: 'x', other: 1 }, null]) {
    expect(schema.safeParse(none).success).toBe(false);
  }
});
