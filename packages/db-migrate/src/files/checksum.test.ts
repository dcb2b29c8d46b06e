import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chainChecksum, checksumOf, normaliseSql } from './checksum.ts';

const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '😀', ' ', "'", ';') }));

test('line ends, a byte order mark and blank ends do not change the checksum', () => {
  fc.assert(
    fc.property(lines, fc.constantFrom('', '\n', '\r\n', ' \n\t'), (parts, end) => {
      const unix = parts.join('\n');
      const windows = `\uFEFF${parts.join('\r\n')}${end}`;
      expect(checksumOf(normaliseSql(windows))).toBe(checksumOf(normaliseSql(unix)));
    }),
  );
});

test('any other difference changes it, a lone carriage return included', () => {
  const of = (text: string) => checksumOf(normaliseSql(text));
  expect(new Set(['a', 'a b', ' a', 'a\rb', 'a\nb', 'A'].map(of)).size).toBe(6);
});

test('the chain covers everything before it', () => {
  expect(chainChecksum('', '0001', 'SELECT 1;')).toMatchInlineSnapshot(
    `"d6812b5d54f34d46f7a13e232f8de466e4cfda7ef74fdbc5633497d0e45666c6"`,
  );
  expect(chainChecksum('x', '0002', 'a')).not.toBe(chainChecksum('y', '0002', 'a'));
  expect(chainChecksum('x', '0002', 'a')).not.toBe(chainChecksum('x', '0003', 'a'));
});
