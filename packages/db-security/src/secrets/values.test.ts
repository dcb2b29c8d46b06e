import { createCipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stripJsonSecrets } from './json-secrets.ts';
import { createLegacyDecrypt } from './legacy-cipher.ts';
import { classifyValue } from './value-kind.ts';

test.each([
  [null, 'empty'],
  ['  ', 'empty'],
  ['0042', 'digits'],
  ['123456789012', 'digits'],
  ['0x1A2b3C4d', 'token'],
  ['ab'.repeat(16), 'ciphertext'],
  ['12'.repeat(16), 'ciphertext'],
  ['a1'.repeat(20), 'ciphertext'],
  ['00112233445566778899aabb:ffeeddccbbaa99887766:00112233445566778899aabbccddeeff', 'ciphertext'],
  ['U2FsdGVkX1+abc=', 'ciphertext'],
  ['AZlm0qkQ3x_9dE7-ZkPq2A', 'identifier'],
  ['6f1c2a3e-0d4b-4c5d-8e6f-7a8b9c0d1e2f', 'identifier'],
  ['eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', 'identifier'],
  ['$2b$10$WnYkYhMFFB4WhyMsWxx1yOVkHFAvEmykGuMkBVvIwvnCLjwkZIUsq', 'hash'],
  ['{"a":1}', 'json'],
  ['hunter2', 'text'],
  ['correct horse battery staple', 'text'],
  ['correcthorsebatterystaple', 'text'],
])('classifyValue(%j) is %s', (value, kind) => {
  expect(classifyValue(value)).toBe(kind);
});

describe('stripJsonSecrets', () => {
  test.each([
    ['{"apiKey":"k1","host":"h"}', '{"apiKey":null,"host":"h"}', ['k1']],
    [
      '{"auth":{"user":"u","n":5,"on":true,"list":["x"]}}',
      '{"auth":{"user":null,"n":null,"on":true,"list":[null]}}',
      ['u', '5', 'x'],
    ],
    [
      '{"authType":"basic","authorization":"Bearer x","author":"me"}',
      '{"authType":"basic","authorization":null,"author":"me"}',
      ['Bearer x'],
    ],
    ['"{\\"api_key\\":\\"k\\"}"', '"{\\"api_key\\":null}"', ['k']],
    ['{"inner":"{\\"token\\":\\"t\\"}"}', '{"inner":"{\\"token\\":null}"}', ['t']],
    ['{"url":"mqtt://u:pa55@h/x"}', '{"url":null}', ['pa55', 'mqtt://u:pa55@h/x']],
    ['{"__proto__":{"password":"p"}}', '{"__proto__":{"password":null}}', ['p']],
    ['{ "port": 80.0 }', '{ "port": 80.0 }', []],
    ['{"password":"","token":null}', '{"password":"","token":null}', []],
  ])('%s becomes %s', (text, stripped, secrets) => {
    expect(stripJsonSecrets(text)).toEqual({ text: stripped, secrets });
  });

  test.each(['', 'plain', '5', '"text"', '{broken', 'null'])('%j is no JSON with keys', (text) => {
    expect(stripJsonSecrets(text)).toBeUndefined();
  });

  test('leaves no secret and finds nothing the second time, for any JSON', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('apiKey', 'host', 'secret', '__proto__', 'a'), tie('value'), {
          maxKeys: 4,
        }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.array(json), fc.boolean(), (value, twice) => {
        const text = JSON.stringify(value);
        const stripped = stripJsonSecrets(twice ? JSON.stringify(text) : text);
        expect(stripped).toBeDefined();
        expect(stripJsonSecrets(stripped?.text ?? '')).toEqual({
          text: stripped?.text,
          secrets: [],
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('createLegacyDecrypt', () => {
  const PIN = /^\d{4,12}$/;
  const encrypt = (key: Buffer, iv: Buffer, text: string): string => {
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    return cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
  };
  const md5 = (...parts: (Buffer | string)[]) => {
    const hash = createHash('md5');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const first = md5('pass phrase');
  const second = md5(first, 'pass phrase');
  const noIv = Buffer.alloc(16);
  const prefix = randomBytes(16);

  test.each([
    ['EVP_BytesToKey', encrypt(Buffer.concat([first, second]), md5(second, 'pass phrase'), '4711')],
    [
      'SHA-256, IV of zeros',
      encrypt(createHash('sha256').update('pass phrase').digest(), noIv, '4711'),
    ],
    [
      'scrypt, IV before it',
      prefix.toString('hex') + encrypt(scryptSync('pass phrase', 'salt', 32), prefix, '4711'),
    ],
  ])('opens %s', (_, hex) => {
    expect(createLegacyDecrypt('pass phrase')(hex, PIN)).toBe('4711');
    expect(createLegacyDecrypt('another')(hex, PIN)).toBeUndefined();
  });

  test('takes a key of 32 bytes as it is', () => {
    const key = randomBytes(32);
    const hex = encrypt(key, noIv, '998877');
    expect(createLegacyDecrypt(key.toString('hex'))(hex, PIN)).toBe('998877');
    expect(createLegacyDecrypt(key.toString('base64'))(hex, PIN)).toBe('998877');
  });

  test('accepts nothing that is no PIN, from random bytes nothing at all', () => {
    const decrypt = createLegacyDecrypt('pass phrase');
    const key = createHash('sha256').update('pass phrase').digest();
    expect(decrypt(encrypt(key, noIv, 'letters'), PIN)).toBeUndefined();
    for (let i = 0; i < 300; i++) {
      expect(decrypt(randomBytes(16 * (1 + (i % 3))).toString('hex'), PIN)).toBeUndefined();
    }
    expect(decrypt('zz', PIN)).toBeUndefined();
    expect(decrypt('', PIN)).toBeUndefined();
  });
});
