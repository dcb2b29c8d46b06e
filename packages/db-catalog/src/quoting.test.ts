import { expect, test } from 'vitest';
import { UnquotableTextError } from './catalog-error.ts';
import { qualifiedName, quoteIdent, quoteLiteral } from './quoting.ts';

test('quotes only what needs quotes', () => {
  expect([
    quoteIdent('children'),
    quoteIdent('Order "1"'),
    quoteIdent('user'),
    quoteIdent('name'),
    quoteIdent('1st'),
    quoteIdent('ünï'),
    qualifiedName('public', 'order'),
    qualifiedName({ schema: 'app', name: 'a.b' }),
    quoteLiteral("it's"),
    quoteLiteral("a\\'b"),
  ]).toMatchInlineSnapshot(`
    [
      "children",
      ""Order ""1"""",
      ""user"",
      "name",
      ""1st"",
      ""ünï"",
      "public."order"",
      "app."a.b"",
      "'it''s'",
      "E'a\\\\''b'",
    ]
  `);
});

test('refuses an empty name and a NUL character, and does not repeat the text', () => {
  for (const quote of [
    () => quoteIdent(''),
    () => quoteIdent('a\0b'),
    () => quoteLiteral('secret\0'),
    () => qualifiedName('public', ''),
    () => qualifiedName({ schema: '', name: 'a' }),
  ]) {
    expect(quote).toThrow(UnquotableTextError);
  }
  expect(() => quoteLiteral('secret\0')).toThrowErrorMatchingInlineSnapshot(
    `[UnquotableTextError: A PostgreSQL text cannot hold a NUL character. Remove it from the text.]`,
  );
});
