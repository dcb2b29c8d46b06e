import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { testKeyRing } from '../../test/test-keys.ts';
import { secretSchema, storedHashSchema } from './schemas.ts';

const stored = hashSync('secret', 4);

test('a secret is never a hash, and what hashCredential would refuse', () => {
  const schema = z.object({ pin: secretSchema().min(4) });
  expect(schema.parse({ pin: '4711' })).toEqual({ pin: '4711' });
  const refused = [stored, '', '123', 'a\0bcd', 'abc\uD800', 'a'.repeat(73), 4711, null];
  for (const pin of refused) expect(schema.safeParse({ pin }).success, String(pin)).toBe(false);
});

test('a secret may be long where it is digested, or not hashed with bcrypt', () => {
  const long = 'a'.repeat(73);
  expect(secretSchema({ keyRing: testKeyRing('p') }).safeParse(long).success).toBe(true);
  expect(secretSchema({ prehashContext: 'app' }).safeParse(long).success).toBe(true);
  expect(secretSchema({ algorithm: 'argon2id' }).safeParse(long).success).toBe(true);
  expect(secretSchema({ algorithm: 'argon2id' }).safeParse('a'.repeat(4097)).success).toBe(false);
});

test('the options of a schema are checked when it is made', () => {
  expect(() => secretSchema({ cost: 4 })).toThrow(/below OWASP's minimum/);
});

test('a stored hash is one that can be verified', () => {
  const schema = storedHashSchema();
  for (const good of [
    stored,
    stored.replace('$2b', '$2y'),
    `$bcrypt-hmac-sha384$v=1,k=a,n=nfc${stored}`,
    `$argon2id$v=19$m=7168,t=5,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`,
  ]) {
    expect(schema.parse(good)).toBe(good);
  }
  for (const bad of ['secret', '', stored.replace('$2b', '$2x'), '$6$salt$hash', `${stored}\n`]) {
    expect(schema.safeParse(bad).success, bad).toBe(false);
  }
});

test('no issue repeats the input', () => {
  const result = z
    .object({ pin: secretSchema(), hash: storedHashSchema() })
    .safeParse({ pin: `${stored}`, hash: 'Tr0ub4dor&3' });
  expect(JSON.stringify(result.error)).not.toContain(stored);
  expect(JSON.stringify(result.error)).not.toContain('Tr0ub4dor');
  expect(result.error?.issues.map(({ message }) => message)).toMatchInlineSnapshot(`
    [
      "The secret is itself a hash. Store it as it is, or use ensureHashed.",
      "The value is no bcrypt, argon2 or scrypt hash. Send the hash as it is stored.",
    ]
  `);
});
