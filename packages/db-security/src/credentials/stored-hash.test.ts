import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testKeyRing } from '../../test/test-keys.ts';
import { formatArgon2 } from './argon2-string.ts';
import { needsRehash } from './needs-rehash.ts';
import { formatScrypt } from './scrypt-string.ts';
import { formatStored, identifyHash, standardPart } from './stored-hash.ts';

const bcrypt = (cost: number, variant = 'b') =>
  `$2${variant}$${String(cost).padStart(2, '0')}$${'abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'}`;
const argon2 =
  '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc';
const scrypt = '$scrypt$ln=17,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc';

describe('identifyHash', () => {
  test.each([
    [bcrypt(12), { kind: 'bcrypt', variant: 'b', cost: 12 }],
    [bcrypt(4, 'y'), { kind: 'bcrypt', variant: 'y', cost: 4 }],
    [bcrypt(31, 'x'), { kind: 'bcrypt', variant: 'x', cost: 31 }],
    [
      `$bcrypt-hmac-sha384$v=1,k=2026-a,n=nfc${bcrypt(12)}`,
      { kind: 'bcrypt', variant: 'b', cost: 12, digest: { by: 'pepper', keyId: '2026-a' } },
    ],
    [
      `$scrypt-hmac-sha384$v=1,c=app,n=nfc${scrypt}`,
      {
        kind: 'scrypt',
        format: 'phc',
        costLog2: 17,
        blockSize: 8,
        parallelism: 1,
        digest: { by: 'context', context: 'app' },
      },
    ],
    [
      argon2,
      {
        kind: 'argon2',
        variant: 'argon2id',
        version: 19,
        memoryKiB: 19_456,
        passes: 2,
        parallelism: 1,
      },
    ],
    [
      argon2.replace('argon2id$v=19$', 'argon2d$'),
      {
        kind: 'argon2',
        variant: 'argon2d',
        version: 16,
        memoryKiB: 19_456,
        passes: 2,
        parallelism: 1,
      },
    ],
    [
      '$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D',
      { kind: 'scrypt', format: 'crypt', costLog2: 14, blockSize: 8, parallelism: 1 },
    ],
    ['$6$rounds=5000$salt$hash', { kind: 'other', scheme: 'sha512-crypt', rounds: 5000 }],
    ['$5$salt$hash', { kind: 'other', scheme: 'sha256-crypt' }],
    ['$1$salt$hash', { kind: 'other', scheme: 'md5-crypt' }],
    ['$y$j9T$salt$hash', { kind: 'other', scheme: 'yescrypt' }],
    ['$pbkdf2-sha256$29000$salt$hash', { kind: 'other', scheme: 'pbkdf2', rounds: 29_000 }],
    [
      '$pbkdf2-sha512$i=210000,l=64$salt$hash',
      { kind: 'other', scheme: 'pbkdf2', rounds: 210_000 },
    ],
    ['pbkdf2_sha256$260000$salt$hash', { kind: 'other', scheme: 'pbkdf2', rounds: 260_000 }],
    ['argon2$argon2id$v=19$m=1,t=1,p=1$a$b', { kind: 'other', scheme: 'django' }],
    ['{SSHA}abcdefg', { kind: 'other', scheme: 'ldap' }],
    ['SCRAM-SHA-256$4096:salt$a:b', { kind: 'other', scheme: 'postgresql', rounds: 4096 }],
    ['$2b$10$tooshort', { kind: 'other', scheme: 'bcrypt' }],
    ['$argon2id$v=19$m=1,t=1,p=1$YWJj$YWJj', { kind: 'other', scheme: 'argon2' }],
    // The last digit of the base64 has bits that no byte takes.
    [argon2.replace(/c$/, 'd'), { kind: 'other', scheme: 'argon2' }],
    [`$argon2id-hmac-sha384$v=1,k=a,n=nfc${bcrypt(12)}`, { kind: 'other', scheme: 'argon2' }],
    [`$bcrypt-hmac-sha384$v=1,k=a,n=nfc${bcrypt(12, 'x')}`, { kind: 'other', scheme: 'bcrypt' }],
    ['$100 dollars', undefined],
    ['1234', undefined],
    ['', undefined],
    [`$6$${'x'.repeat(2000)}`, undefined],
  ])('reads %j', (stored, expected) => {
    expect(identifyHash(stored)).toEqual(expected);
  });

  test('reads back every hash that is written here', () => {
    const bytes = (min: number) =>
      fc.uint8Array({ minLength: min, maxLength: 64 }).map((each) => Buffer.from(each));
    const natural = fc.integer({ min: 1, max: 99 });
    const digest = fc.option(
      fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/).map((keyId) => ({ by: 'pepper', keyId }) as const),
      { nil: undefined },
    );
    fc.assert(
      fc.property(
        bytes(8),
        bytes(16),
        natural,
        natural,
        natural,
        digest,
        (salt, hash, a, b, c, by) => {
          const parameters = { memoryKiB: a, passes: b, parallelism: c };
          const made = formatArgon2({ variant: 'argon2id', ...parameters, salt, hash });
          const stored = formatStored('argon2id', by, made);
          expect(identifyHash(stored)).toEqual({
            kind: 'argon2',
            variant: 'argon2id',
            version: 19,
            ...parameters,
            ...(by && { digest: by }),
          });
          expect(standardPart(stored)).toBe(made);
          const sizes = { costLog2: a, blockSize: b, parallelism: c };
          expect(identifyHash(formatScrypt({ ...sizes, salt, hash }))).toEqual({
            kind: 'scrypt',
            format: 'phc',
            ...sizes,
          });
        },
      ),
    );
  });

  // With a pattern that goes back and forth this would take for ever.
  test('ends on what is made to keep a pattern busy', () => {
    for (const head of [
      '$pbkdf2-',
      '$7$',
      '$argon2id$m=1,t=1,p=1$',
      '$2b$',
      'SCRAM-SHA-256$',
      '$6$',
    ]) {
      for (const filling of ['a', '1', '$', '$a', 'i=1,', '\n']) {
        const long = filling.repeat(1000 / filling.length);
        expect(() => identifyHash(head + long)).not.toThrow();
        expect(() => identifyHash(`${head}${long}\n`)).not.toThrow();
      }
    }
  });
});

describe('needsRehash', () => {
  const keyRing = testKeyRing('new', 'old');
  test('asks for the current cost, variant and pepper of bcrypt', () => {
    expect(needsRehash(bcrypt(12))).toBe(false);
    expect(needsRehash(bcrypt(13))).toBe(false);
    expect(needsRehash(bcrypt(12), { cost: 13 })).toBe(true);
    expect(needsRehash(bcrypt(12), { keyRing })).toBe(true);
    expect(needsRehash(bcrypt(12, 'y'))).toBe(true);
    const peppered = (id: string) => `$bcrypt-hmac-sha384$v=1,k=${id},n=nfc${bcrypt(12)}`;
    expect(needsRehash(peppered('new'), { keyRing })).toBe(false);
    expect(needsRehash(peppered('old'), { keyRing })).toBe(true);
    expect(needsRehash(peppered('new').replace('k=', 'c='), { keyRing })).toBe(true);
    expect(needsRehash(bcrypt(12), { prehashContext: 'app' })).toBe(true);
    expect(needsRehash('plaintext')).toBe(true);
    expect(needsRehash('$6$salt$hash')).toBe(true);
  });

  test('asks for the algorithm and its cost', () => {
    expect(needsRehash(bcrypt(12), { algorithm: 'argon2id' })).toBe(true);
    expect(needsRehash(argon2)).toBe(true);
    expect(needsRehash(argon2, { algorithm: 'argon2id' })).toBe(false);
    expect(needsRehash(argon2, { algorithm: 'argon2id', passes: 3 })).toBe(true);
    expect(needsRehash(argon2, { algorithm: 'argon2id', memoryKiB: 65_536 })).toBe(true);
    expect(needsRehash(argon2.replace('2id', '2i'), { algorithm: 'argon2id' })).toBe(true);
    expect(needsRehash(argon2.replace('v=19$', ''), { algorithm: 'argon2id' })).toBe(true);
    expect(needsRehash(scrypt, { algorithm: 'scrypt' })).toBe(false);
    expect(needsRehash(scrypt, { algorithm: 'scrypt', costLog2: 18 })).toBe(true);
    expect(needsRehash(scrypt, { algorithm: 'scrypt', parallelism: 2 })).toBe(true);
    expect(needsRehash(scrypt.replace('r=8', 'r=7'), { algorithm: 'scrypt' })).toBe(true);
  });
});
