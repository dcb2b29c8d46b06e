import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { KeyRing } from '../keys/key-ring.ts';
import { blindIndex } from './blind-index.ts';

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
