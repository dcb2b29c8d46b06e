import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidInputError } from '../errors.ts';
import { isQuery } from '../query/define-query.ts';
import { pgType } from '../query/pg-type.ts';
import { sql } from '../query/sql.ts';
import { cursorCodec } from './cursor.ts';
import { defineKeysetQuery } from './define-keyset-query.ts';
import { type KeysetColumn, type Ordering, orderBy, orderedColumns } from './ordering.ts';
import { behind, type Position } from './position.ts';

const NAME: KeysetColumn = { sql: sql`child.name`, type: 'text' };
const DAY: KeysetColumn = { sql: sql`child.day`, type: 'date' };
const ID: KeysetColumn = { sql: sql`child.id`, type: 'text' };

const list = (name = 'listChildren', order: Ordering = [NAME, ID]) =>
  defineKeysetQuery({
    name,
    input: z.strictObject({ active: z.boolean() }),
    row: z.object({ id: pgType.text }),
    order,
    limit: { default: 10, most: 20 },
    sql: ({ active }, page) => sql`
      SELECT child.id, ${page.cursor} FROM public.children AS child
      WHERE child.is_active = ${active} AND ${page.after} ${page.orderByLimit}`,
    samples: [{ active: true }],
  });

const cursorOf = (name: string, order: Ordering, position: Position) =>
  cursorCodec(name, orderedColumns(order)).encode(position);

function condition(order: Ordering, position: Position): string {
  return behind(orderedColumns(order), position).sql.replaceAll('$slonik_', '$');
}

test('is a query whose statement says where the page begins and fetches one row more', () => {
  const children = list();
  expect(isQuery(children)).toBe(true);
  const cursor = cursorOf('listChildren', [NAME, ID], ['Mia', 'c7']);
  const { text, values } = children.statement({ active: true, limit: 20, cursor });
  expect(text.replaceAll(/\s+/g, ' ').trim()).toMatchInlineSnapshot(
    `"SELECT child.id, json_build_array((child.name)::text, (child.id)::text)::text AS "keysetCursor" FROM public.children AS child WHERE child.is_active = $1 AND ((child.name, child.id) > ($2::text, $3::text)) ORDER BY child.name, child.id LIMIT $4"`,
  );
  expect(values).toEqual([true, 'Mia', 'c7', 21]);
  expect(children.statement({ active: true }).values).toEqual([true, 11]);
});

test('compares rows where all columns agree, and spells it out where they do not', () => {
  expect(condition([NAME, ID], ['a', 'b'])).toMatchInlineSnapshot(
    `"(child.name, child.id) > ($1::text, $2::text)"`,
  );
  expect(
    condition([{ ...DAY, direction: 'desc' }, NAME, ID], ['2026-01-01', 'a', 'b']),
  ).toMatchInlineSnapshot(
    `"child.day <= $1::date AND (child.day < $2::date OR (child.day = $3::date AND ((child.name, child.id) > ($4::text, $5::text))))"`,
  );
  const nullable: Ordering = [{ ...DAY, nullable: true }, ID];
  expect(condition(nullable, ['2026-01-01', 'b'])).toMatchInlineSnapshot(
    `"(child.day > $1::date OR child.day IS NULL) OR (child.day = $2::date AND (child.id > $3::text))"`,
  );
  expect(condition(nullable, [null, 'b'])).toMatchInlineSnapshot(
    `"child.day IS NULL AND (child.id > $1::text)"`,
  );
  const first: Ordering = [{ ...DAY, nullable: true, direction: 'desc' }, ID];
  expect(condition(first, ['2026-01-01', 'b'])).toMatchInlineSnapshot(
    `"child.day <= $1::date AND (child.day < $2::date OR (child.day = $3::date AND (child.id > $4::text)))"`,
  );
  expect(condition(first, [null, 'b'])).toMatchInlineSnapshot(
    `"child.day IS NOT NULL OR (child.day IS NULL AND (child.id > $1::text))"`,
  );
});

test('says where NULLs stand only where PostgreSQL would put them elsewhere', () => {
  const order = (...columns: Ordering) => orderBy(orderedColumns(columns)).sql;
  expect(
    order({ ...DAY, nullable: true }, { ...NAME, nullable: true, direction: 'desc' }, ID),
  ).toBe('child.day, child.name DESC, child.id');
  expect(
    order(
      { ...DAY, nullable: true, nulls: 'first' },
      { ...NAME, nullable: true, direction: 'desc', nulls: 'last' },
      { ...ID, nulls: 'first' },
    ),
  ).toBe('child.day NULLS FIRST, child.name DESC NULLS LAST, child.id');
});

test('refuses the cursor of another list, order or type, and one that is nothing', () => {
  const children = list();
  const position = ['2026-01-01', 'c7'];
  const refused = [
    cursorOf('listParents', [NAME, ID], position),
    cursorOf('listChildren', [ID, NAME], position),
    cursorOf('listChildren', [{ ...NAME, direction: 'desc' }, ID], position),
    cursorOf('listChildren', [{ ...NAME, nullable: true }, ID], position),
    cursorOf('listChildren', [{ ...NAME, type: 'date' }, ID], position),
    cursorOf('listChildren', [NAME, ID], ['Mia', null]),
    cursorOf('listChildren', [NAME, ID], ['Mia']),
    cursorOf('listChildren', [NAME, ID], ['a\0b', 'c7']),
    '',
    'null',
    'bnVsbA',
    'W10',
    'e30',
    'x'.repeat(100_000),
  ];
  for (const cursor of refused) {
    expect(() => children.statement({ active: true, cursor })).toThrow(InvalidInputError);
  }
});

test('refuses a cursor in which any character was changed, and repeats no value of it', () => {
  const children = list();
  const good = cursorOf('listChildren', [NAME, ID], ['Mia Meier', 'c7']);
  expect(children.statement({ active: true, cursor: good }).values).toContain('Mia Meier');
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.stringMatching(/^[\w-]{1,3}$/), (at, other) => {
      const cursor = good.slice(0, at) + other + good.slice(at + 1);
      fc.pre(Buffer.from(cursor, 'base64url').compare(Buffer.from(good, 'base64url')) !== 0);
      let message = '';
      try {
        children.statement({ active: true, cursor });
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError);
        message = String(error);
      }
      expect(message).toMatch(/^InvalidInputError/);
      expect(message).not.toMatch(/Mia|c7/);
    }),
  );
});

test('refuses a position that somebody made up with values its columns cannot have', () => {
  const order: Ordering = [
    { sql: sql`a`, type: 'int2' },
    { sql: sql`b`, type: 'timestamptz' },
    { sql: sql`c`, type: 'float8' },
    { sql: sql`d`, type: 'uuid' },
  ];
  const codec = cursorCodec('list', orderedColumns(order));
  const good = ['7', '2026-01-01T00:00:00+00:00', '1.5', '00000000-0000-0000-0000-000000000000'];
  expect(codec.decode(codec.encode(good))).toEqual(good);
  for (const [at, bad] of [
    [0, '32768'],
    [0, '1.0'],
    [0, ''],
    [0, "1' OR true --"],
    [0, '9'.repeat(5000)],
    [1, 'now'],
    [1, '2026-13-01T00:00:00+00:00'],
    [1, '2026-01-01'],
    [2, '1e999'],
    [2, 'nan'],
    [3, 'x'],
  ] as const) {
    expect(codec.decode(codec.encode(good.with(at, bad)))).toBeNull();
  }
});

test('refuses a limit beyond its bounds and an input that is not of the list', () => {
  const children = list();
  for (const odd of [
    { limit: 0 },
    { limit: 21 },
    { limit: 1.5 },
    { other: 1 },
    { active: 'yes' as never },
  ]) {
    expect(() => children.statement({ active: true, ...odd })).toThrow(InvalidInputError);
  }
});
