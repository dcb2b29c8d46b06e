import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyRing } from '../keys/key-ring.ts';
import { ciphertextLength, isCiphertext } from './ciphertext.ts';
import { decryptBytes, decryptField, encryptBytes, encryptField } from './encrypt-field.ts';
import type { FieldContext } from './field-context.ts';
import { rebindField } from './rebind-field.ts';

const keys = (...ids: string[]) => ({
  current: ids[0] as string,
  keys: new Map(ids.map((id) => [id, randomBytes(32)])),
});
const newRing = (encryption = keys('k1')) =>
  new KeyRing({ pepper: keys('p'), encryption, blindIndex: keys('b') });
const keyRing = newRing();
const context = { table: 'staff', column: 'account', key: { id: '1', part: 'a' } };
const field = { keyRing, context };

const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
const anyContext: fc.Arbitrary<FieldContext> = fc.record({
  table: text,
  column: text,
  key: fc.dictionary(text, text),
});

describe('a ciphertext', () => {
  test('gives back every text and all bytes, for every context, and is as long as announced', () => {
    fc.assert(
      fc.property(text, fc.uint8Array(), anyContext, (value, bytes, somewhere) => {
        const options = { keyRing, context: somewhere };
        const ciphertext = encryptField(value, options);
        expect(isCiphertext(ciphertext)).toBe(true);
        expect(decryptField(ciphertext, options)).toBe(value);
        expect(ciphertext.length).toBe(ciphertextLength(Buffer.byteLength(value), 'k1') - 1);
        const sealed = encryptBytes(bytes, options);
        expect(isCiphertext(sealed)).toBe(true);
        expect(new Uint8Array(decryptBytes(sealed, options))).toEqual(bytes);
        expect(sealed.length).toBe(ciphertextLength(bytes.length, 'k1'));
      }),
      { numRuns: 100 },
    );
  });

  test('opens in no other context', () => {
    fc.assert(
      fc.property(anyContext, anyContext, (one, other) => {
        fc.pre(inspect(one, { sorted: true }) !== inspect(other, { sorted: true }));
        const ciphertext = encryptField('DE89', { keyRing, context: one });
        expect(() => decryptField(ciphertext, { keyRing, context: other })).toThrow(/belongs else/);
      }),
      { numRuns: 100 },
    );
  });

  test('is rejected in another row, column or table, whatever the order of key columns', () => {
    const ciphertext = encryptField('DE89', field);
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
        /was altered or belongs elsewhere\. If the row's primary key .* rebindField; otherwise restore it/,
      );
    }
    const reordered = { ...context, key: { part: 'a', id: '1' } };
    expect(decryptField(ciphertext, { keyRing, context: reordered })).toBe('DE89');
  });

  test('is rejected when any bit of it changes, any part is cut off, or something is added', () => {
    const ciphertext = encryptField('DE89', field);
    const [form, keyId, body] = ciphertext.split(':') as [string, string, string];
    const sealed = Buffer.from(body, 'base64url');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const altered = `${form}:${keyId}:${flipped.toString('base64url')}`;
      expect(() => decryptField(altered, field)).toThrow(/was altered/);
    }
    for (let length = 0; length < ciphertext.length; length++) {
      expect(() => decryptField(ciphertext.slice(0, length), field)).toThrow();
    }
    // The same bytes written another way are no second ciphertext: padding, spaces, spare bits, other alphabet.
    for (const added of ['A', 'AAAA', '=', '==', ' ', '\n', '\0']) {
      expect(() => decryptField(ciphertext + added, field)).toThrow();
      expect(() => decryptField(added + ciphertext, field)).toThrow(/is not a ciphertext/);
    }
    for (const none of ['', 'DE89', 'enc1:k1:', 'enc1:k1:AAAA', 'enc2:k1:', 'ENC1:k1:']) {
      expect(isCiphertext(none)).toBe(false);
      expect(() => decryptField(none, field)).toThrow(/is not a ciphertext/);
    }
  });

  test('does not pass for one under another key, nor text for bytes', () => {
    const ciphertext = encryptField('DE89', field);
    const two = newRing(keys('k1', 'k2'));
    const one = encryptField('DE89', { ...field, keyRing: two });
    expect(() => decryptField(ciphertext, { ...field, keyRing: newRing() })).toThrow(/altered/);
    expect(() => decryptField(ciphertext.replace('k1', 'k2'), field)).toThrow(
      /no encryption key "k2"\. Use the key file that the value was written with/,
    );
    expect(() => decryptField(one.replace('k1', 'k2'), { ...field, keyRing: two })).toThrow(
      /altered/,
    );
    const bytes = encryptBytes(Buffer.from('DE89'), field);
    expect(() => decryptField(bytes, field)).toThrow(/holds bytes\. Open it with decryptBytes/);
    expect(() => decryptBytes(ciphertext, field)).toThrow(/holds a text\. Open it with decryptFie/);
    expect(() => decryptField(bytes.replace('enc1b', 'enc1'), field)).toThrow(/altered/);
    expect(() => decryptBytes(ciphertext.replace('enc1', 'enc1b'), field)).toThrow(/altered/);
  });

  test('of equal values is never equal', () => {
    const many = Array.from({ length: 1000 }, () => encryptField('same', field));
    expect(new Set(many.map((ciphertext) => ciphertext.slice(0, 24))).size).toBe(1000);
  });

  test('holds 20 MB and more', { timeout: 20_000 }, () => {
    const large = 'a\u00e9'.repeat(7_000_000);
    const ciphertext = encryptField(large, field);
    expect(isCiphertext(ciphertext)).toBe(true);
    expect(isCiphertext(`${ciphertext}!`)).toBe(false);
    expect(decryptField(ciphertext, field) === large).toBe(true);
  });
});

test('what would not come back as it was, or would bind to something else, is refused', () => {
  expect(() => encryptField('a\uD800', field)).toThrow(/not well-formed/);
  expect(() => encryptBytes(new Uint8Array(256 * 1024 * 1024 + 1), field)).toThrow(/over 256 MiB/);
  const wrong: unknown[] = [{ id: 17 }, { id: undefined }, { id: null }, { id: '\uD800' }];
  for (const key of wrong) {
    const options = { keyRing, context: { ...context, key: key as Record<string, string> } };
    expect(() => encryptField('x', options)).toThrow(/Pass the names, and the primary key as text/);
  }
});

test('a rejection says where the value stood, and nothing of the value or the key', () => {
  const ciphertext = encryptField('DE89 3704', field);
  let error: unknown;
  try {
    decryptField(ciphertext, { keyRing: newRing(), context });
  } catch (thrown) {
    error = thrown;
  }
  const shown = inspect(error, { depth: 9, showHidden: true });
  expect(shown).toContain('staff.account');
  expect(shown).not.toContain(ciphertext.slice(8, 20));
  expect(shown).not.toContain('3704');
});

test('rebindField moves text and bytes to another place, under the current key, and only from where they were', () => {
  const encryption = keys('old');
  const to = { ...context, key: { id: '2', part: 'a' } };
  const ciphertext = encryptField('DE89', { context, keyRing: newRing(encryption) });
  encryption.keys.set('new', randomBytes(32));
  const ring = newRing({ ...encryption, current: 'new' });
  const moved = rebindField(ciphertext, { keyRing: ring, from: context, to });
  expect(moved).toMatch(/^enc1:new:/);
  expect(decryptField(moved, { keyRing: ring, context: to })).toBe('DE89');
  expect(() => decryptField(moved, { keyRing: ring, context })).toThrow(/belongs elsewhere/);
  expect(() => rebindField(ciphertext, { keyRing: ring, from: to, to: context })).toThrow(
    /belongs elsewhere/,
  );
  const bytes = encryptBytes(Buffer.from([0, 255]), { keyRing: ring, context });
  const movedBytes = rebindField(bytes, { keyRing: ring, from: context, to });
  expect([...decryptBytes(movedBytes, { keyRing: ring, context: to })]).toEqual([0, 255]);
});
