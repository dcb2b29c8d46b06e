import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { recordingPool } from '../../test/recording-pool.ts';
import { olderKeyRing, testKeyRing } from '../../test/test-keys.ts';
import { hashCredential } from './hash-credential.ts';
import { needsRehash } from './needs-rehash.ts';
import { identifyHash } from './stored-hash.ts';
import { verifyCredential } from './verify-credential.ts';

const keyRing = testKeyRing('new', 'old');
const cost = 10;
const quickHash = (secret: string) => hashSync(secret, 4);
const argon2Of = (head: string) =>
  `$argon2id$v=19$${head}$${'c2FsdHNhbHQ'}$${Buffer.alloc(33, 1).toString('base64')}`;

test('accepts $2a$, $2b$ and $2y$, and says why not $2x$', async () => {
  const stored = quickHash('secret');
  for (const variant of ['a', 'b', 'y']) {
    expect(await verifyCredential('secret', stored.replace('$2b', `$2${variant}`))).toBe('match');
  }
  await expect(verifyCredential('secret', stored.replace('$2b', '$2x'))).rejects.toThrow(
    /marked \$2x\$: made by a faulty crypt_blowfish\. Have the user set a new password/,
  );
});

test('calls broken, foreign and endless hashes unreadable, and starts no work of their size', async () => {
  const stored = quickHash('secret');
  const unreadable = [
    '',
    'secret',
    '*0',
    '$2b$',
    stored.slice(0, 59),
    `${stored}x`,
    `${stored}\n`,
    `${stored}\r\n`,
    ` ${stored}`,
    stored.replace('$04$', '$32$'),
    stored.replace('$04$', '$31$'),
    stored.replace('$04$', '$17$'),
    stored.replace('$04$', '$03$'),
    `$bcrypt-hmac-sha384$v=2,k=new,n=nfc${stored}`,
    `$argon2id-hmac-sha384$v=1,k=new,n=nfc${stored}`,
    '$argon2id$v=19$m=1,t=1,p=1$YWJj$YWJj',
    argon2Of('m=4294967295,t=1,p=1'),
    argon2Of('m=65536,t=4294967295,p=1'),
    argon2Of('m=65536,t=1,p=16777215'),
    argon2Of('m=8,t=1,p=2'),
    '$scrypt$ln=31,r=8,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=17,r=999999,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=14,r=8,p=999999$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=17,r=8,p=64$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=16,r=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$7$zzzzzzzzzzzSodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
    'x'.repeat(1_000_000),
  ];
  for (const each of unreadable) {
    const { pool, jobs } = recordingPool();
    expect(await verifyCredential('secret', each, { pool }), each.slice(0, 80)).toBe('unreadable');
    expect(jobs.map((job) => job.cost)).toEqual([{ algorithm: 'bcrypt', cost: 12 }]);
  }
});

test('tries a secret as typed where an older program did not normalise', async () => {
  const stored = quickHash('cafe\u0301');
  expect(await verifyCredential('cafe\u0301', stored)).toBe('match');
  expect(await verifyCredential('caf\u00e9', stored)).toBe('mismatch');
});

test('a secret that cannot have been hashed is a mismatch', async () => {
  expect(await verifyCredential('a\uD800', quickHash('a'))).toBe('mismatch');
  expect(await verifyCredential('a\0', quickHash('a'))).toBe('mismatch');
  expect(await verifyCredential('', quickHash(''))).toBe('mismatch');
  // What a library that cuts off in silence would call equal.
  expect(await verifyCredential(`${'a'.repeat(72)}b`, quickHash('a'.repeat(72)))).toBe('mismatch');
  expect(await verifyCredential('too long'.repeat(10), quickHash('too long'))).toBe('mismatch');
});

test('a hash that was stolen does not log in', async () => {
  const stored = quickHash('secret');
  expect(await verifyCredential(stored, stored)).toBe('mismatch');
});

test('reads hashes of an older pepper, and refuses one it does not have', async () => {
  const older = olderKeyRing(keyRing, 'old');
  const stored = await hashCredential('4711', { keyRing: older, cost });
  expect(await verifyCredential('4711', stored, { keyRing })).toBe('match');
  expect(needsRehash(stored, { keyRing, cost })).toBe(true);
  const newer = await hashCredential('4711', { keyRing, cost });
  await expect(verifyCredential('4711', newer, { keyRing: older })).rejects.toThrow(
    /no pepper key "new"/,
  );
});

describe('an unknown user costs what a wrong password does', () => {
  test.each([
    ['bcrypt, peppered', { keyRing, cost }, '4711'],
    ['bcrypt', { cost }, '4711'],
    ['bcrypt, typed in NFD', { cost }, 'cafe\u0301'],
    ['bcrypt, over 72 bytes', { cost }, 'a'.repeat(73)],
    ['bcrypt with a context', { cost, prehashContext: 'app' }, 'a'.repeat(73)],
    ['argon2id', { algorithm: 'argon2id', memoryKiB: 7168, passes: 5 }, '4711'],
    ['argon2id, peppered', { algorithm: 'argon2id', keyRing }, '4711'],
    ['scrypt', { algorithm: 'scrypt', costLog2: 14, parallelism: 5 }, '4711'],
  ] as const)('%s', async (_, options, typed) => {
    const stored = await hashCredential('another', options);
    /** The work: operation, cost, what kind of hash is compared with, and how long both texts are. */
    const workFor = async (row: string | null | undefined, expected: string) => {
      const { pool, jobs } = recordingPool();
      expect(await verifyCredential(typed, row, { ...options, pool })).toBe(expected);
      return jobs.map((job) => ({
        operation: job.operation,
        cost: job.cost,
        secret: job.secret.length,
        ...(job.operation === 'compare' && {
          hash: identifyHash(job.hash),
          length: job.hash.length,
        }),
      }));
    };
    const wrongPassword = await workFor(stored, 'mismatch');
    expect(wrongPassword.length).toBeGreaterThanOrEqual(1);
    expect(await workFor(null, 'mismatch')).toEqual(wrongPassword);
    expect(await workFor(undefined, 'mismatch')).toEqual(wrongPassword);
    expect(await workFor('no hash', 'unreadable')).toEqual(wrongPassword);
  });

  test('and no secret matches what it is compared with', async () => {
    expect(await verifyCredential('', null, { cost })).toBe('mismatch');
    const { pool } = recordingPool();
    const yes = { ...pool, run: async () => true };
    expect(await verifyCredential('4711', null, { pool: yes })).toBe('mismatch');
    expect(await verifyCredential('4711', 'no hash', { pool: yes })).toBe('unreadable');
  });
});
