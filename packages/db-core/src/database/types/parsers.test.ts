import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayParser } from './array.ts';
import { parseInstant } from './instant.ts';
import { valueParsers } from './parsers.ts';

const iso = (text: string): string => parseInstant(text).toISOString();

describe('parseInstant', () => {
  it('counts a time without a zone as UTC', () => {
    expect(iso('2026-03-29 02:30:00')).toBe('2026-03-29T02:30:00.000Z');
  });

  it('honours offsets to the second', () => {
    expect(iso('2026-01-02 03:04:05+02')).toBe('2026-01-02T01:04:05.000Z');
    expect(iso('2026-01-02 03:04:05.5-03:30')).toBe('2026-01-02T06:34:05.500Z');
    expect(iso('1890-01-01 00:00:00+00:53:28')).toBe('1889-12-31T23:06:32.000Z');
  });

  it('cuts microseconds to milliseconds', () => {
    expect(iso('2026-01-02 03:04:05.999999')).toBe('2026-01-02T03:04:05.999Z');
    expect(iso('1969-12-31 23:59:59.9999')).toBe('1969-12-31T23:59:59.999Z');
    expect(iso('2026-01-02 03:04:05.07')).toBe('2026-01-02T03:04:05.070Z');
  });

  it('reads years before 100, before Christ and beyond 9999', () => {
    expect(iso('0099-02-03 00:00:00')).toBe('0099-02-03T00:00:00.000Z');
    expect(iso('0004-02-29 00:00:00')).toBe('0004-02-29T00:00:00.000Z');
    expect(iso('0001-02-03 04:05:06 BC')).toBe('0000-02-03T04:05:06.000Z');
    expect(iso('0044-03-15 12:00:00+00 BC')).toBe('-000043-03-15T12:00:00.000Z');
    expect(iso('12026-01-02 00:00:00')).toBe('+012026-01-02T00:00:00.000Z');
  });

  it('refuses what a Date cannot hold', () => {
    for (const text of ['infinity', '-infinity', '294276-12-31 23:59:59', '02/01/2026 03:04', '']) {
      expect(() => parseInstant(text)).toThrow(RangeError);
    }
  });

  it('reads back every instant of the years 1 to 9999 at any offset', () => {
    const instant = fc.date({
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, fc.integer({ min: -15, max: 15 }), (date, hours) => {
        const local = new Date(date.getTime() + hours * 3_600_000).toISOString();
        const sign = hours < 0 ? '-' : '+';
        const offset = sign + String(Math.abs(hours)).padStart(2, '0');
        const text = local.replace('T', ' ').replace('Z', offset);
        expect(parseInstant(text)).toEqual(date);
      }),
    );
  });
});

type Nested = (string | null)[] | Nested[];
function literal(items: Nested): string {
  const parts = items.map((item) => {
    if (item === null) return 'NULL';
    if (Array.isArray(item)) return literal(item);
    return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${parts.join(',')}}`;
}

describe('arrayParser', () => {
  const parse = arrayParser(undefined);

  it('reads back every array of texts', () => {
    const texts = fc.array(fc.option(fc.string({ unit: 'grapheme' })));
    fc.assert(
      fc.property(texts, (items) => {
        expect(parse(literal(items))).toEqual(items);
      }),
    );
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1 }), (items) => {
        expect(parse(literal(items))).toEqual(items);
      }),
    );
  });

  it('tells NULL from the text "NULL", and finds arrays that do not begin at 1', () => {
    expect(parse('{NULL,"NULL",null}')).toEqual([null, 'NULL', 'null']);
    expect(parse('[0:1][2:3]={{a,b},{c,d}}')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(parse('{}')).toEqual([]);
  });

  it('refuses an array that ends too early', () => {
    for (const text of ['{a', '{"a', '{a,', '{{a}', '{"a\\']) {
      expect(() => parse(text)).toThrow(RangeError);
    }
  });
});

describe('valueParsers', () => {
  it('reads int8 as a safe integer, or as a string by choice', () => {
    const number = valueParsers('number')(20);
    expect(number?.('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => number?.('9007199254740992')).toThrow(RangeError);
    expect(() => number?.('-9223372036854775808')).toThrow(RangeError);
    expect(valueParsers('string')(20)).toBeUndefined();
    expect(valueParsers('string')(1016)?.('{1,NULL}')).toEqual(['1', null]);
  });
});
