import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openSealedJson, sealJson } from './sealed-json.ts';

it('opens what it sealed', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const { __proto__: _, seal, ...rest } = value;
      expect(openSealedJson(sealJson(rest, 'it'), 'it').value).toMatchObject(
        JSON.parse(JSON.stringify(rest)),
      );
    }),
  );
});

it('refuses the text after any edit of one character, and cut at any length', () => {
  const text = sealJson({ id: 'a', files: [{ name: 'dump', bytes: 12 }], note: 'ü' }, 'it');
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.string({ minLength: 1, maxLength: 1 }),
      (at, character) => {
        fc.pre(text[at] !== character);
        const edited = text.slice(0, at) + character + text.slice(at + 1);
        expect(() => openSealedJson(edited, 'it')).toThrow('seal');
        expect(() => openSealedJson(text.slice(0, at), 'it')).toThrow('seal');
      },
    ),
  );
});
