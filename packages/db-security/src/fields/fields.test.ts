import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyRing } from '../keys/key-ring.ts';
import { blindIndex } from './blind-index.ts';
import { decryptField, encryptField, isCiphertext } from './encrypt-field.ts';

const keys = () => ({ current: 'k1', keys: new Map([['k1', randomBytes(32)]]) });
const newRing = () => new KeyRing({ pepper: keys(), encryption: keys(), blindIndex: keys() });
const keyRing = newRing();
const context = { table: 'staff', column: 'account', key: { id: '1', part: 'a' } };

describe('encryptField', () => {
  test('gives back every text, for every context', () => {
    const name = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(name, name, name, fc.dictionary(name, name), (value, table, column, key) => {
        const field = { keyRing, context: { table, column, key } };
        const ciphertext = encryptField(value, field);
        expect(isCiphertext(ciphertext)).toBe(true);
        expect(decryptField(ciphertext, field)).toBe(value);
      }),
      { numRuns: 100 },
    );
  });

  test('is rejected in another row, column or table, whatever the order of key columns', () => {
    const ciphertext = encryptField('DE89', { keyRing, context });
    const elsewhere = [
      { ...context, table: 'parents' },
      { ...context, column: 'routing' },
      { ...context, key: { id: '2', part: 'a' } },
      { ...context, key: { id: '1a', part: '' } },
      { ...context, key: { id: '1' } },
      { table: 'staffa', column: 'ccount', key: context.key },
    ];
    for (const each of elsewhere) {
      expect(() => decryptField(ciphertext, { keyRing, context: each })).toThrow(
        /was altered or belongs elsewhere\. Restore it from a backup/,
      );
    }
    const reordered = { ...context, key: { part: 'a', id: '1' } };
    expect(decryptField(ciphertext, { keyRing, context: reordered })).toBe('DE89');
  });

  test('is rejected when any byte of it changes, or with another key', () => {
    const ciphertext = encryptField('DE89', { keyRing, context });
    const start = 'enc1:k1:'.length;
    for (let i = start; i < ciphertext.length; i++) {
      const altered =
        ciphertext.slice(0, i) + (ciphertext[i] === 'A' ? 'B' : 'A') + ciphertext.slice(i + 1);
      expect(() => decryptField(altered, { keyRing, context })).toThrow();
    }
    expect(() => decryptField(ciphertext.slice(0, -4), { keyRing, context })).toThrow();
    expect(() => decryptField(ciphertext, { keyRing: newRing(), context })).toThrow(/altered/);
    expect(() => decryptField(ciphertext.replace('k1', 'k2'), { keyRing, context })).toThrow(
      /no encryption key "k2"/,
    );
    for (const none of ['', 'DE89', 'enc1:k1:', 'enc1:k1:AAAA']) {
      expect(() => decryptField(none, { keyRing, context })).toThrow(/is not a ciphertext/);
    }
  });

  test('refuses what would not come back as it was', () => {
    expect(() => encryptField('a\uD800', { keyRing, context })).toThrow(/not well-formed/);
  });
});

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
