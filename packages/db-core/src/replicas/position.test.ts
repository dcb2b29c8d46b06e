import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidInputError } from '../errors.ts';
import { parseLsn, positionOf, positionToken } from './position.ts';

const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test('a token gives back the position it was made of', () => {
  fc.assert(fc.property(lsn, (position) => positionOf(positionToken(position)) === position));
});

test('reads a position as PostgreSQL writes it', () => {
  expect(parseLsn('16/B374D848')).toBe(0x16_b374d848n);
  expect(parseLsn('0/0')).toBe(0n);
  fc.assert(
    fc.property(lsn, (position) => {
      const text = `${(position >> 32n).toString(16)}/${(position & 0xffff_ffffn).toString(16)}`;
      return parseLsn(text.toUpperCase()) === position;
    }),
  );
});

test.each([
  '',
  'p1-',
  '0/16B3748',
  'p1-00000000016B3748',
  "p1-' OR true --",
  'p2-0000000000000000',
  'p1-0000000000000000\n',
])('refuses %j as a token', (token) => {
  expect(() => positionOf(token)).toThrow(InvalidInputError);
});
