import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantText } from './instant-text.ts';

test('writes what toISOString does, for the years it writes with four digits', () => {
  const date = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(date, fc.integer({ min: 0, max: 86_400_000 }), (one, later) => {
      const other = new Date(one.getTime() + later);
      expect(instantText(one)).toBe(one.toISOString());
      if (other.getUTCFullYear() < 10_000) expect(instantText(other)).toBe(other.toISOString());
    }),
  );
});

test('writes years beyond as PostgreSQL does', () => {
  expect(instantText(new Date('+010000-01-01T00:00:00.001Z'))).toBe('10000-01-01T00:00:00.001Z');
  expect(instantText(new Date('0000-12-31T23:59:59.999Z'))).toBe('0001-12-31T23:59:59.999Z BC');
  expect(instantText(new Date('-000043-03-15T12:00:00Z'))).toBe('0044-03-15T12:00:00.000Z BC');
  expect(instantText(new Date(8.64e15))).toBe('275760-09-13T00:00:00.000Z');
});
