import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCell, decodeName } from '../../test/read-back.ts';
import { displayName } from '../display-name.ts';
import { plainText } from '../parse-document.ts';
import { code } from './code.ts';
import { prose } from './prose.ts';

/** What Markdown, HTML and tables are made of, and everything else. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ...'|`*_[]<>&\\~$:#-+.!\n (){}"\'ab1',
      '\r\n',
      '-->',
      '<!--',
      '&lt;',
      '&#124;',
      '🐘',
      'é',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
});
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;

test('a name of any characters fits in one cell and reads back exactly', () => {
  fc.assert(
    fc.property(hostile, (name) => {
      const cell = code(displayName(name));
      expect(cell).not.toMatch(/[|\n\r]/);
      expect(decodeName(decodeCell(cell))).toBe(name);
    }),
    { numRuns: 2000 },
  );
});

test('SQL of any characters that can be seen reads back exactly', () => {
  fc.assert(
    fc.property(
      hostile.filter((sql) => !unseen.test(sql.replaceAll('\n', ''))),
      (sql) => {
        const cell = code(sql);
        expect(cell).not.toMatch(/[|\n\r]/);
        expect(decodeCell(cell)).toBe(sql);
        expect(plainText(cell)).toBe(sql.replaceAll('\n', ', ').trim());
      },
    ),
    { numRuns: 2000 },
  );
});

test('a comment of any characters reads back as its text, with no tag but a break or a span', () => {
  fc.assert(
    fc.property(hostile, (comment) => {
      const cell = prose(comment);
      expect(cell).not.toMatch(/[|\n\r]/);
      expect(cell).not.toMatch(/<(?!br>|span>|\/span>)/);
      const squeeze = (text: string) =>
        text.replace(/[\s\uFFFD]|[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '');
      expect(squeeze(decodeCell(cell))).toBe(squeeze(comment));
    }),
    { numRuns: 2000 },
  );
});
