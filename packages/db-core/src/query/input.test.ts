import fc from 'fast-check';
import { expect, test } from 'vitest';
import { day, filledText, instant, limit, text } from './input.ts';

/** Halves of pairs among them, and NUL often. */
const codeUnit = fc
  .oneof(
    fc.integer({ min: 0, max: 0xffff }),
    fc.integer({ min: 0xd7ff, max: 0xe000 }),
    fc.constant(0),
  )
  .map((unit) => String.fromCharCode(unit));

test('text is whatever comes back as it was sent: well-formed and without NUL', () => {
  fc.assert(
    fc.property(fc.string({ unit: codeUnit }), (value) => {
      const stored = Buffer.from(value).toString();
      expect(text.safeParse(value).success).toBe(stored === value && !value.includes('\0'));
    }),
  );
  for (const lone of ['\ud800', 'a\udc00b', '\udc00\ud800', 'a\0']) {
    expect(text.safeParse(lone).success).toBe(false);
  }
});

test('filled text is neither empty nor too long', () => {
  expect(filledText(2).safeParse('').success).toBe(false);
  expect(filledText(2).safeParse('ab').success).toBe(true);
  expect(filledText(2).safeParse('abc').success).toBe(false);
});

test('a day is one of the calendar', () => {
  expect(day.safeParse('2028-02-29').success).toBe(true);
  for (const none of ['2027-02-29', '2027-2-1', '2027-02-01T00:00:00Z', 'today', 'infinity']) {
    expect(day.safeParse(none).success).toBe(false);
  }
});

test('an instant is a valid date of four-digit years', () => {
  expect(instant.safeParse(new Date('0001-01-01T00:00:00Z')).success).toBe(true);
  for (const none of [new Date('x'), new Date('+010000-01-01T00:00:00Z'), '2027-01-01', 0]) {
    expect(instant.safeParse(none).success).toBe(false);
  }
});

test('a limit is at least one row, at most what is allowed, and has a default', () => {
  expect(limit(20).parse(undefined)).toBe(20);
  expect(limit(500, 100).parse(undefined)).toBe(100);
  for (const none of [0, -1, 101, 1.5, '5', Number.POSITIVE_INFINITY]) {
    expect(limit(100).safeParse(none).success).toBe(false);
  }
});
