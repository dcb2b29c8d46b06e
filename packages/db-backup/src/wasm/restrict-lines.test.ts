import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EngineUnavailableError } from '../errors.ts';
import { hideRestrictLines, unhideRestrictLines, unhideRestrictText } from './restrict-lines.ts';

/** What pglite-tools does to the script. */
const filtered = (script: string): string =>
  script.replace(/^(?:\\(?:un)?restrict\b.*\r?\n?)/gim, '');

const words = fc.array(
  fc.constantFrom('\\restrict', '\\UnRestrict', '\\', 'restrict', '\n', '\r\n', ' x', 'ü😀', "'"),
);

it('brings every text through the filter unharmed, in both directions', () => {
  fc.assert(
    fc.property(words, (parts) => {
      const text = parts.join('');
      const hidden = hideRestrictLines(Buffer.from(text));
      expect(hidden.length).toBe(Buffer.byteLength(text));
      expect(unhideRestrictText(filtered(hidden.toString()))).toBe(text);
      expect(unhideRestrictLines(hidden).toString()).toBe(text);
    }),
  );
});

it('refuses a database that holds the stand-in itself', () => {
  expect(() => hideRestrictLines(Buffer.from('a\u0001restrict'))).toThrow(EngineUnavailableError);
});
