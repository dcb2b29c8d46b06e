import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Statement } from '../query/statement.ts';
import { withComment } from './sql-comment.ts';

const statement = (name: string): Statement => ({
  name,
  text: 'SELECT 1',
  values: [],
  shape: null,
});

test('no name ends the comment or begins another', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom('*/ DROP TABLE x; /*', "a'b", '/*', '\n--'),
  );
  fc.assert(
    fc.property(hostile, (name) => {
      const { text } = withComment(statement(name), 'name');
      expect(text).toMatch(/^\/\* [\w.:-]* \*\/ SELECT 1$/);
    }),
  );
});

test('without a span the trace is left out, and the statement may be prepared', () => {
  expect(withComment(statement('getChild'), 'traceparent')).toEqual({
    ...statement('getChild'),
    text: '/* getChild */ SELECT 1',
  });
});

test('none leaves the statement as it is', () => {
  const given = statement('getChild');
  expect(withComment(given, 'none')).toBe(given);
});
