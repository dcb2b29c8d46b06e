import { expect, test } from 'vitest';
import { displayName, displayPath } from './display-name.ts';

test('a name alone stands bare unless it hides something', () => {
  expect(
    ['id', 'checkIn', 'a b', 'a\nb', ' a', 'a\u202Eb', '', 'U&"a"', '\u{E0001}"\\'].map(
      displayName,
    ),
  ).toEqual([
    'id',
    'checkIn',
    'a b',
    'U&"a\\000Ab"',
    'U&"\\0020a"',
    'U&"a\\202Eb"',
    'U&""',
    'U&"U&""a"""',
    'U&"\\+0E0001""\\\\"',
  ]);
});

test('the parts of a path are quoted where a dot, a quote or a capital would mislead', () => {
  expect(displayPath('public', 'children')).toBe('public.children');
  expect(displayPath('a.b', 'c"d', 'eF')).toBe('"a.b"."c""d"."eF"');
  expect(displayPath('größe', '日本', 'x\ty')).toBe('größe.日本.U&"x\\0009y"');
});
