/** Hashes made by others: what the specifications and the reference implementations print. */

import * as nativeArgon2 from '@node-rs/argon2';
import { compareSync as nativeCompare, hashSync as nativeHash } from '@node-rs/bcrypt';
import { compareSync, hashSync } from 'bcryptjs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtInArgon2, type DeriveArgon2, loadArgon2 } from './derive-argon2.ts';
import { deriveScrypt } from './derive-scrypt.ts';
import { type HashJob, runHashJob } from './hash-job.ts';
import { verifyCredential } from './verify-credential.ts';

const absent = () => Promise.reject(new Error('not installed'));
const native = (await loadArgon2(async () => nativeArgon2, undefined)) as DeriveArgon2;
const builtIn = (await loadArgon2(absent, builtInArgon2)) as DeriveArgon2;
const somesalt = Buffer.from('somesalt');

describe('argon2', () => {
  // phc-winner-argon2, src/test.c.
  test.each([
    ['argon2i', 19, 256, 2, 1, '89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f'],
    ['argon2i', 19, 256, 2, 2, '4ff5ce2769a1d7f4c8a491df09d41a9fbe90e5eb02155a13e4c01e20cd4eab61'],
    ['argon2id', 19, 256, 2, 1, '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'],
    ['argon2id', 19, 256, 2, 2, '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037'],
    [
      'argon2i',
      16,
      65_536,
      2,
      1,
      'f6c4db4a54e2a370627aff3db6176b94a2a209a62c8e36152711802f7b30c694',
    ],
  ] as const)(
    '%s version %d, m=%d, t=%d, p=%d of the reference',
    (variant, version, memoryKiB, passes, parallelism, expected) => {
      const parameters = { variant, version, memoryKiB, passes, parallelism };
      expect(native('password', somesalt, parameters, 32)?.toString('hex')).toBe(expected);
      // Node's own knows the present version of argon2 only.
      const fromNode = builtIn('password', somesalt, parameters, 32)?.toString('hex');
      expect(fromNode).toBe(version === 19 ? expected : undefined);
    },
  );

  test('of Node gives the tag of RFC 9106, section 5.3', () => {
    const tag = builtInArgon2?.('argon2id', {
      message: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      associatedData: Buffer.alloc(12, 4),
      memory: 32,
      passes: 3,
      parallelism: 4,
      tagLength: 32,
    });
    expect(tag?.toString('hex')).toBe(
      '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659',
    );
  });

  test('is the same from both implementations', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.uint8Array({ minLength: 8, maxLength: 64 }),
        fc.constantFrom('argon2d', 'argon2i', 'argon2id'),
        fc.integer({ min: 32, max: 100 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 16, max: 64 }),
        (secret, salt, variant, memoryKiB, passes, parallelism, length) => {
          const parameters = { variant, version: 19, memoryKiB, passes, parallelism } as const;
          const [a, b] = [native, builtIn].map((derive) =>
            derive(secret, Buffer.from(salt), parameters, length)?.toString('hex'),
          );
          expect(a).toBe(b);
        },
      ),
    );
  });

  test('hashes of @node-rs/argon2 verify here', async () => {
    const stored = nativeArgon2.hashSync('caf\u00e9', { memoryCost: 64, timeCost: 1 });
    expect(await verifyCredential('cafe\u0301', stored)).toBe('match');
    expect(await verifyCredential('cafe', stored)).toBe('mismatch');
  });

  test('that is nowhere is named as what to install', async () => {
    expect(await loadArgon2(absent, undefined)).toBeUndefined();
    const cost = { algorithm: 'argon2id', memoryKiB: 7168, passes: 5, parallelism: 1 } as const;
    const hash: HashJob = { operation: 'hash', secret: 'x', cost };
    const answer = await runHashJob(hash, async () => undefined);
    expect(answer).toEqual({ missing: 'argon2' });
    const stored = `$argon2id$v=19$m=7168,t=5,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`;
    const compare: HashJob = { operation: 'compare', secret: 'x', hash: stored, cost };
    expect(await runHashJob(compare, async () => undefined)).toEqual(answer);
    const pool = { memoryLimitBytes: 2 ** 30, run: async () => answer, async close() {} };
    await expect(verifyCredential('x', stored, { pool })).rejects.toMatchObject({
      code: 'TOTHUB_SECURITY_MISSING_DEPENDENCY',
      message: 'There is no argon2 here, or none of that version. Run: npm install @node-rs/argon2',
    });
  });
});

describe('scrypt', () => {
  // RFC 7914, section 12.
  test.each([
    [
      'password',
      'NaCl',
      { costLog2: 10, blockSize: 8, parallelism: 16 },
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    ],
    [
      'pleaseletmein',
      'SodiumChloride',
      { costLog2: 14, blockSize: 8, parallelism: 1 },
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    ],
  ])('of RFC 7914: %s', (secret, salt, cost, expected) => {
    expect(deriveScrypt(secret, Buffer.from(salt), cost, 64).toString('hex')).toBe(expected);
  });

  test('of crypt(3), as the reference prints it', async () => {
    const stored = '$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D';
    expect(await verifyCredential('pleaseletmein', stored)).toBe('match');
    expect(await verifyCredential('pleaseletmeout', stored)).toBe('mismatch');
  });

  test('of passlib', async () => {
    const stored =
      '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E';
    expect(await verifyCredential('password', stored)).toBe('match');
  });
});

describe('bcrypt', () => {
  // crypt_blowfish of openwall, wrapper.c.
  test.each([
    ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
    ['U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
    [
      '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
      '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
    ],
  ])('of openwall: %s', async (secret, stored) => {
    expect(await verifyCredential(secret, stored)).toBe('match');
    expect(await verifyCredential(secret.slice(1), stored)).toBe('mismatch');
  });

  test('its text of more than 72 bytes is refused instead of cut off', async () => {
    const secret =
      '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored';
    const stored = '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui';
    expect(compareSync(secret, stored)).toBe(true);
    expect(await verifyCredential(secret, stored)).toBe('mismatch');
  });

  test('hashes of bcryptjs and @node-rs/bcrypt verify with each other', () => {
    const secret = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 24 })
      .filter((text) => text.isWellFormed() && Buffer.byteLength(text) <= 72);
    fc.assert(
      fc.property(secret, (text) => {
        expect(nativeCompare(text, hashSync(text, 4))).toBe(true);
        expect(compareSync(text, nativeHash(text, { cost: 4 }))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('a hash of @node-rs/bcrypt verifies here', async () => {
    const stored = nativeHash('4711', { cost: 4 });
    expect(await verifyCredential('4711', stored)).toBe('match');
    expect(await verifyCredential('4712', stored)).toBe('mismatch');
  });
});
