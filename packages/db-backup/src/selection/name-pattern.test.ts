import { expect, it } from 'vitest';
import { SelectionError } from '../errors.ts';
import { schemaPattern, tablePattern } from './name-pattern.ts';

const means = (pattern: string, schema: string, name: string): boolean =>
  tablePattern(pattern)({ schema, name });

it.each([
  ['child', 'public', 'child'],
  ['Public.Child', 'public', 'child'],
  ['app.*', 'app', 'any.thing\n'],
  ['app.ch?ld_*', 'app', 'child_1'],
  ['"a.b"."c*"', 'a.b', 'c*'],
  ['"it""s".t', 'it"s', 't'],
  ['a$b.c+d', 'a$b', 'c+d'],
  ['*.child', 'app', 'child'],
])('takes %s for %s.%s', (pattern, schema, name) => {
  expect(means(pattern, schema, name)).toBe(true);
});

it.each([
  ['child', 'app', 'child'],
  ['app.child', 'app', 'children'],
  ['app.c.ild', 'app', 'child'],
  ['"Child"', 'public', 'child'],
  ['app.?', 'app', 'ab'],
  ['"app.*"', 'app', 'x'],
])('does not take %s for %s.%s', (pattern, schema, name) => {
  try {
    expect(means(pattern, schema, name)).toBe(false);
  } catch (error) {
    expect(error).toBeInstanceOf(SelectionError);
  }
});

it.each(['', '.', 'a.', '.b', 'a.b.c', 'a b', '"a', 'a"b"', '"a"b'])('refuses %j', (text) => {
  expect(() => tablePattern(text)).toThrow(SelectionError);
});

it('reads the name of a schema, which has one part', () => {
  expect(schemaPattern('app_*')({ schema: 'app_1', name: 'x' })).toBe(true);
  expect(() => schemaPattern('app.x')).toThrow(/is not a name of the form schema/);
});
