import { expect, test } from 'vitest';
import { MigrationFileError } from '../errors.ts';
import { parseDirectives } from './directives.ts';

const parse = (sql: string) => parseDirectives('0001_a.up.sql', sql);
const refusal = (sql: string): string => {
  try {
    parse(sql);
  } catch (error) {
    if (error instanceof MigrationFileError) return error.message;
  }
  return 'accepted';
};

test('a script without directives is transactional and harmless', () => {
  expect(parse('SELECT 1;')).toEqual({ transactional: true, destructive: [] });
  expect(parse('')).toEqual({ transactional: true, destructive: [] });
});

test('reads repeated directives between other comments and blank lines', () => {
  expect(
    parse(
      '-- Why.\n\n  --tothub: no-transaction  \n-- tothub: destructive public."my table"\n-- tothub: destructive b\n-- tothub:\tdestructive b\nDROP TABLE b;',
    ),
  ).toEqual({ transactional: false, destructive: ['public."my table"', 'b'] });
});

test('refuses unknown, incomplete and misplaced directives with their line', () => {
  expect(refusal('-- x\n-- tothub: no-transactions\n')).toMatchInlineSnapshot(
    `"0001_a.up.sql:2: "no-transactions" is not a directive. Known are "no-transaction" and "destructive <object>"."`,
  );
  expect(refusal('-- tothub: destructive')).toMatchInlineSnapshot(
    `"0001_a.up.sql:1: "destructive" is not a directive. Known are "no-transaction" and "destructive <object>"."`,
  );
  expect(refusal('-- tothub: no-transaction please')).toMatchInlineSnapshot(
    `"0001_a.up.sql:1: "no-transaction please" is not a directive. Known are "no-transaction" and "destructive <object>"."`,
  );
  expect(refusal('-- tothub:')).toMatchInlineSnapshot(
    `"0001_a.up.sql:1: "" is not a directive. Known are "no-transaction" and "destructive <object>"."`,
  );
  expect(refusal('SELECT 1;\n-- tothub: no-transaction')).toMatchInlineSnapshot(
    `"0001_a.up.sql:2: the directive "no-transaction" stands below the first statement. Move it to the comments at the top of the file."`,
  );
});

test('a comment that only mentions the tool is no directive', () => {
  expect(refusal('-- for tothub: nothing here\n-- tothub is the tool')).toBe('accepted');
});
