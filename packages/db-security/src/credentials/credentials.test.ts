import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { KeyRing } from '../keys/key-ring.ts';
import { ensureHashed, hashCredential, needsRehash } from './hash-credential.ts';
import { identifyHash } from './stored-hash.ts';
import { verifyCredential } from './verify-credential.ts';

const keys = (...ids: string[]) => ({
  current: ids[0] as string,
  keys: new Map(ids.map((id) => [id, randomBytes(32)])),
});
const keyRing = new KeyRing({
  pepper: keys('new', 'old'),
  encryption: keys('k'),
  blindIndex: keys('k'),
});
const cost = 10;
/** bcrypt's lowest cost, to make stored hashes quickly. */
const quickHash = (secret: string) => hashSync(secret, 4);

describe('hashCredential', () => {
  test('peppers and marks its hashes, and they verify', async () => {
    const stored = await hashCredential('4711', { keyRing, cost });
    expect(stored).toMatch(/^\$bcrypt-hmac-sha384\$v=1,k=new,n=nfc\$2b\$10\$[./A-Za-z0-9]{53}$/);
    expect(await verifyCredential('4711', stored, { keyRing })).toBe('match');
    expect(await verifyCredential('4712', stored, { keyRing })).toBe('mismatch');
    await expect(verifyCredential('4711', stored)).rejects.toThrow(/Pass the key ring/);
  });

  test('takes 72 bytes and refuses 73 without a pepper, counted in bytes', async () => {
    await expect(hashCredential('a'.repeat(73), { cost })).rejects.toThrow(/longer than 72 bytes/);
    await expect(hashCredential(`${'a'.repeat(71)}é`, { cost })).rejects.toThrow(/longer than 72/);
    await expect(hashCredential('😀'.repeat(19), { cost })).rejects.toThrow(/longer than 72 bytes/);
    const stored = await hashCredential('a'.repeat(72), { cost });
    expect(await verifyCredential('a'.repeat(72), stored)).toBe('match');
    expect(await verifyCredential('a'.repeat(73), stored)).toBe('mismatch');
    expect(await verifyCredential('a'.repeat(71), stored)).toBe('mismatch');
  });

  test('tells secrets apart that differ only after 72 bytes, with a pepper', async () => {
    const stored = await hashCredential(`${'a'.repeat(80)}1`, { keyRing, cost });
    expect(await verifyCredential(`${'a'.repeat(80)}1`, stored, { keyRing })).toBe('match');
    expect(await verifyCredential(`${'a'.repeat(80)}2`, stored, { keyRing })).toBe('mismatch');
  });

  test.each([
    ['', /is empty/],
    ['a\0b', /contains a NUL/],
    ['a\uD800b', /not well-formed Unicode/],
    ['\uDC00', /not well-formed Unicode/],
    ['x'.repeat(4097), /longer than 4096 bytes/],
    [quickHash('x'), /is itself a hash/],
    ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', /is itself a hash/],
  ])('refuses %j', async (secret, message) => {
    await expect(hashCredential(secret, { keyRing, cost })).rejects.toThrow(message);
    const error = await hashCredential(secret, { cost }).catch((thrown: unknown) => thrown);
    if (secret.length > 8) expect(String(error)).not.toContain(secret);
  });

  test.each([0, 3, 9, -1, 10.5, Number.NaN, 21])('refuses the cost %d', async (wrong) => {
    await expect(hashCredential('abc', { cost: wrong })).rejects.toThrow(/from 10 to 20/);
  });

  test('composes accents one way, so that two keyboards give one password', async () => {
    const stored = await hashCredential('caf\u00e9', { keyRing, cost });
    expect(await verifyCredential('cafe\u0301', stored, { keyRing })).toBe('match');
  });

  test('leaves the event loop free', async () => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await Promise.all(['a', 'b'].map((secret) => hashCredential(secret, { cost })));
    delay.disable();
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
  });
});

describe('verifyCredential', () => {
  test('accepts $2a$, $2b$ and $2y$, and says why not $2x$', async () => {
    const stored = quickHash('secret');
    for (const variant of ['a', 'b', 'y']) {
      expect(await verifyCredential('secret', stored.replace('$2b', `$2${variant}`))).toBe('match');
    }
    await expect(verifyCredential('secret', stored.replace('$2b', '$2x'))).rejects.toThrow(
      /marked \$2x\$: made by a faulty crypt_blowfish\. Have the user set a new password/,
    );
  });

  test('calls broken, foreign and endless hashes unreadable', async () => {
    const stored = quickHash('secret');
    const unreadable = [
      '',
      'secret',
      '*0',
      stored.slice(0, 59),
      `${stored}x`,
      `${stored}\n`,
      stored.replace('$04$', '$32$'),
      stored.replace('$04$', '$31$'),
      '$argon2id$v=19$m=1,t=1,p=1$YWJj$YWJj',
      '5f4dcc3b5aa765d61d8327deb882cf99',
    ];
    for (const each of unreadable) {
      expect(await verifyCredential('secret', each), each).toBe('unreadable');
    }
  });

  test('tries a secret as typed where an older program did not normalise', async () => {
    const stored = quickHash('cafe\u0301');
    expect(await verifyCredential('cafe\u0301', stored)).toBe('match');
    expect(await verifyCredential('a\uD800', quickHash('a'))).toBe('mismatch');
  });

  test('reads hashes of an older pepper, and refuses one it does not have', async () => {
    const older = new KeyRing({
      pepper: { current: 'old', keys: new Map([['old', keyRing.find('pepper', 'old').key]]) },
      encryption: keys('k'),
      blindIndex: keys('k'),
    });
    const stored = await hashCredential('4711', { keyRing: older, cost });
    expect(await verifyCredential('4711', stored, { keyRing })).toBe('match');
    expect(needsRehash(stored, { keyRing, cost })).toBe(true);
    const newer = await hashCredential('4711', { keyRing, cost });
    await expect(verifyCredential('4711', newer, { keyRing: older })).rejects.toThrow(
      /no pepper key "new"/,
    );
  });
});

test('ensureHashed never hashes a hash', async () => {
  const stored = quickHash('secret');
  expect(await ensureHashed(stored, { keyRing })).toBe(stored);
  expect(identifyHash(await ensureHashed('secret', { cost }))).toEqual({
    kind: 'bcrypt',
    variant: 'b',
    cost,
  });
});

test('needsRehash asks for the current cost, variant and pepper', () => {
  const bcrypt = quickHash('x').replace('$04$', '$12$');
  expect(needsRehash(bcrypt)).toBe(false);
  expect(needsRehash(bcrypt, { cost: 13 })).toBe(true);
  expect(needsRehash(bcrypt, { keyRing })).toBe(true);
  expect(needsRehash(bcrypt.replace('$2b', '$2y'))).toBe(true);
  expect(needsRehash('plaintext')).toBe(true);
});

test.each([
  ['{SSHA}abcdefg', 'other'],
  ['pbkdf2_sha256$260000$salt$hash', 'other'],
  ['$6$rounds=5000$salt$hash', 'other'],
  ['SCRAM-SHA-256$4096:salt$a:b', 'other'],
  ['$2b$10$tooshort', 'other'],
  ['$100 dollars', undefined],
  ['1234', undefined],
  ['', undefined],
])('identifyHash(%j) is %j', (stored, kind) => {
  expect(identifyHash(stored)?.kind).toBe(kind);
});
