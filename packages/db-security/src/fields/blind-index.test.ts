import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyRing } from '../keys/key-ring.ts';
import { blindIndex } from './blind-index.ts';
import { blindIndexCandidates } from './blind-index-candidates.ts';
import { blindIndexExposure } from './blind-index-exposure.ts';

const keys = () => ({ current: 'k1', keys: new Map([['k1', randomBytes(32)]]) });
const newRing = () => new KeyRing({ pepper: keys(), encryption: keys(), blindIndex: keys() });
const keyRing = newRing();

describe('blindIndex', () => {
  test('is equal for equal values, and for nothing else', async () => {
    const index = await blindIndex('0xAB', { keyRing, context: 'a' });
    expect(index).toMatch(/^bi1:k1:[\w-]{43}$/);
    expect(await blindIndex('0xAB', { keyRing, context: 'a' })).toBe(index);
    expect(await blindIndex('0xab', { keyRing, context: 'a' })).not.toBe(index);
    expect(await blindIndex('0xAB', { keyRing, context: 'b' })).not.toBe(index);
    expect(await blindIndex('0xAB', { keyRing: newRing(), context: 'a' })).not.toBe(index);
    const lower = { keyRing, context: 'a', normalise: 'lower-case' } as const;
    expect(await blindIndex(' 0XAB ', lower)).toBe(await blindIndex('0xab', lower));
    expect(await blindIndex('caf\u00e9', lower)).toBe(await blindIndex('CAFE\u0301', lower));
  });

  test('costs time when it is slow, and is another digest', async () => {
    const start = performance.now();
    const slow = await blindIndex('0xab', { keyRing, context: 'a', slow: true });
    expect(performance.now() - start).toBeGreaterThan(15);
    expect(slow).toMatch(/^bis1:k1:[\w-]{43}$/);
    const fast = await blindIndex('0xab', { keyRing, context: 'a' });
    expect(slow.slice(-43)).not.toBe(fast.slice(-43));
  });

  test.each(['', '  ', 'a\uDC00'])('refuses %j', async (value) => {
    await expect(
      blindIndex(value, { keyRing, context: 'a', normalise: 'lower-case' }),
    ).rejects.toThrow(/empty or not well-formed/);
  });
});

describe('a compound blind index', () => {
  const options = { keyRing, context: 'a' };

  test('is equal for the same values in the same order, wherever one ends and the next begins', async () => {
    const text = fc.string({ minLength: 1, unit: 'binary' }).filter((each) => each.isWellFormed());
    const list = fc.array(text, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(list, list, async (a, b) => {
        const isSame =
          a.length === b.length &&
          a.every((each, i) => each.normalize('NFC') === b[i]?.normalize('NFC'));
        expect((await blindIndex(a, options)) === (await blindIndex(b, options))).toBe(isSame);
      }),
      {
        numRuns: 50,
        examples: [
          [
            ['ab', 'c'],
            ['a', 'bc'],
          ],
          [
            ['a', 'b'],
            ['b', 'a'],
          ],
        ],
      },
    );
    expect(await blindIndex(['a'], options)).not.toBe(await blindIndex('a', options));
    const lower = { ...options, normalise: 'lower-case', slow: true } as const;
    expect(await blindIndex(['DOE ', '2019'], lower)).toBe(
      await blindIndex(['doe', '2019'], lower),
    );
    await expect(blindIndex(['doe', ''], options)).rejects.toThrow(/empty or not well-formed/);
  });
});

describe('blindIndexCandidates', () => {
  test('has the index under each key, the current one first', async () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const before = ringOf('old', new Map([['old', older]]));
    const after = ringOf(
      'new',
      new Map([
        ['old', older],
        ['new', newer],
      ]),
    );
    const options = { context: 'a', slow: true } as const;
    const candidates = await blindIndexCandidates('0xAB', { ...options, keyRing: after });
    expect(candidates).toEqual([
      await blindIndex('0xAB', { ...options, keyRing: after }),
      await blindIndex('0xAB', { ...options, keyRing: before }),
    ]);
    expect(
      await blindIndexCandidates('0xAB', { ...options, keyRing: after, keyIds: ['old'] }),
    ).toEqual(candidates.slice(1));
  });
});

describe('blindIndexExposure', () => {
  test('says what trying all values costs, and how many rows are seen to be equal', async () => {
    const fast = await blindIndexExposure({ possibleValues: 10_000, rowCount: 300, cores: 1 });
    const slow = await blindIndexExposure({
      possibleValues: 10_000,
      rowCount: 300,
      cores: 1,
      slow: true,
    });
    expect(slow.digestMs).toBeGreaterThan(100 * fast.digestMs);
    expect(slow.enumerationMs).toBeCloseTo(10_000 * slow.digestMs);
    // 300 · (1 − 0.9999²⁹⁹)
    expect(slow.rowsSharingValue).toBeCloseTo(8.838, 2);
    const of = async (possibleValues: number, rowCount: number) =>
      (await blindIndexExposure({ possibleValues, rowCount })).rowsSharingValue;
    expect(await of(1, 5)).toBe(5);
    expect(await of(1, 1)).toBe(0);
    expect(await of(2 ** 64, 1e9)).toBeCloseTo(0.0542, 3);
    await expect(of(0, 5)).rejects.toThrow(/not all 1 or more/);
  });
});

function ringOf(current: string, blindIndexKeys: ReadonlyMap<string, Buffer>): KeyRing {
  return new KeyRing({
    pepper: keys(),
    encryption: keys(),
    blindIndex: { current, keys: blindIndexKeys },
  });
}
