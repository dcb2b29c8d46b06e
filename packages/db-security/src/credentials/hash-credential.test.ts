import { monitorEventLoopDelay } from 'node:perf_hooks';
import { inspect } from 'node:util';
import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { recordingPool } from '../../test/recording-pool.ts';
import { testKeyRing } from '../../test/test-keys.ts';
import { ensureHashed, hashCredential } from './hash-credential.ts';
import { identifyHash } from './stored-hash.ts';
import { verifyCredential } from './verify-credential.ts';

const keyRing = testKeyRing('new', 'old');
const cost = 10;
/** The smallest of OWASP's settings. */
const argon2id = { algorithm: 'argon2id', memoryKiB: 7168, passes: 5 } as const;
const scrypt = { algorithm: 'scrypt', costLog2: 14, parallelism: 5 } as const;
/** bcrypt's lowest cost, to make stored hashes quickly. */
const quickHash = (secret: string) => hashSync(secret, 4);

test('bcrypt peppers and marks its hashes, and they verify', async () => {
  const stored = await hashCredential('4711', { keyRing, cost });
  expect(stored).toMatch(/^\$bcrypt-hmac-sha384\$v=1,k=new,n=nfc\$2b\$10\$[./A-Za-z0-9]{53}$/);
  expect(await verifyCredential('4711', stored, { keyRing })).toBe('match');
  expect(await verifyCredential('4712', stored, { keyRing })).toBe('mismatch');
  await expect(verifyCredential('4711', stored)).rejects.toThrow(/Pass the key ring/);
});

test.each([
  [argon2id, '$argon2id$v=19$m=7168,t=5,p=1$'],
  [scrypt, '$scrypt$ln=14,r=8,p=5$'],
])('%o gives a PHC string, peppered or not', async (parameters, head) => {
  const [plain, peppered] = await Promise.all([
    hashCredential('4711', parameters),
    hashCredential('4711', { ...parameters, keyRing }),
  ]);
  expect(plain.startsWith(head)).toBe(true);
  expect(peppered).toContain(`$${parameters.algorithm}-hmac-sha384$v=1,k=new,n=nfc${head}`);
  expect(await verifyCredential('4711', plain)).toBe('match');
  expect(await verifyCredential('4711', peppered, { keyRing })).toBe('match');
  expect(await verifyCredential('4712', peppered, { keyRing })).toBe('mismatch');
});

test('two hashes of one secret have different salts', async () => {
  const [one, two] = await Promise.all([
    hashCredential('4711', argon2id),
    hashCredential('4711', argon2id),
  ]);
  expect(one).not.toBe(two);
});

describe('long secrets', () => {
  test('72 bytes are taken and 73 refused by plain bcrypt, counted in bytes', async () => {
    const { pool } = recordingPool();
    for (const secret of ['a'.repeat(73), `${'a'.repeat(71)}é`, '😀'.repeat(18).concat('!')]) {
      await expect(hashCredential(secret, { cost, pool })).rejects.toThrow(/longer than 72 bytes/);
    }
    const stored = await hashCredential('a'.repeat(72), { cost });
    expect(await verifyCredential('a'.repeat(72), stored)).toBe('match');
    expect(await verifyCredential('a'.repeat(73), stored)).toBe('mismatch');
    expect(await verifyCredential('a'.repeat(71), stored)).toBe('mismatch');
  });

  test.each([
    ['a pepper', { keyRing, cost }, 'k=new'],
    ['a context', { prehashContext: 'my-app', cost }, 'c=my-app'],
  ])('are told apart behind 72 bytes with %s', async (_, options, label) => {
    const stored = await hashCredential(`${'a'.repeat(80)}1`, options);
    expect(stored).toContain(`$bcrypt-hmac-sha384$v=1,${label},n=nfc$2b$10$`);
    expect(await verifyCredential(`${'a'.repeat(80)}1`, stored, { keyRing })).toBe('match');
    expect(await verifyCredential(`${'a'.repeat(80)}2`, stored, { keyRing })).toBe('mismatch');
  });

  test('are told apart by argon2id without a digest', async () => {
    const stored = await hashCredential(`${'a'.repeat(80)}1`, argon2id);
    expect(await verifyCredential(`${'a'.repeat(80)}1`, stored)).toBe('match');
    expect(await verifyCredential(`${'a'.repeat(80)}2`, stored)).toBe('mismatch');
  });

  test.each([255, 256, 257, 4096])('of %d bytes are hashed whole', async (length) => {
    const { pool, jobs } = recordingPool();
    await hashCredential('x'.repeat(length), { ...argon2id, pool });
    expect(jobs[0]?.secret).toHaveLength(length);
  });

  test('a megabyte is refused before it is read', async () => {
    const secret = 'e\u0301'.repeat(50_000_000);
    await expect(hashCredential(secret)).rejects.toThrow(/longer than 4096 bytes/);
    expect(await verifyCredential(secret, quickHash('x'))).toBe('mismatch');
  });
});

test.each([
  ['', /is empty/],
  ['a\0b', /contains a NUL/],
  ['\0', /contains a NUL/],
  ['a\uD800b', /not well-formed Unicode/],
  ['\uDC00', /not well-formed Unicode/],
  ['x'.repeat(4097), /longer than 4096 bytes/],
  [quickHash('x'), /is itself a hash/],
  [`${quickHash('x')}\r\n`, /is itself a hash/],
  [`$bcrypt-hmac-sha384$v=1,k=a,n=nfc${quickHash('x')}`, /is itself a hash/],
  ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', /is itself a hash/],
  ['$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA', /is itself a hash/],
])('refuses %j and does not repeat it', async (secret, message) => {
  for (const options of [{ keyRing }, argon2id, { prehashContext: 'a' }]) {
    const error = await hashCredential(secret, options).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    if (secret.length > 8) expect(inspect(error, { depth: 9 })).not.toContain(secret);
  }
});

test.each([
  { cost: 0 },
  { cost: 3 },
  { cost: 9 },
  { cost: -1 },
  { cost: 10.5 },
  { cost: Number.NaN },
  { cost: 17 },
  { cost: 31 },
  { algorithm: 'argon2id', memoryKiB: 19_455 },
  { algorithm: 'argon2id', memoryKiB: 7168, passes: 4 },
  { algorithm: 'argon2id', memoryKiB: 2 ** 32 },
  { algorithm: 'argon2id', passes: 100_000 },
  { algorithm: 'argon2id', parallelism: 65 },
  { algorithm: 'scrypt', costLog2: 16 },
  { algorithm: 'scrypt', costLog2: 30 },
  { algorithm: 'scrypt', blockSize: 1 },
  { algorithm: 'scrypt', parallelism: 64 },
  { algorithm: 'scrypt', parallelism: 1000 },
  { algorithm: 'scrypt', blockSize: 2 ** 40 },
] as const)('refuses the cost %o', async (parameters) => {
  const { pool, jobs } = recordingPool();
  await expect(hashCredential('abc', { ...parameters, pool })).rejects.toMatchObject({
    code: 'TOTHUB_SECURITY_SECRET_REFUSED',
    message: expect.stringContaining('Use the defaults, or what calibrateCost gives.'),
  });
  await expect(verifyCredential('abc', null, { ...parameters, pool })).rejects.toThrow();
  expect(jobs).toEqual([]);
});

test('refuses an unknown algorithm, and settings given as text', async () => {
  const options = { algorithm: 'md5' } as unknown as { algorithm: 'bcrypt' };
  await expect(hashCredential('abc', options)).rejects.toThrow(/no algorithm "md5"/);
  const text = { cost: '12' } as unknown as { cost: number };
  await expect(hashCredential('abc', text)).rejects.toThrow(/not a positive whole number/);
});

test('refuses a context beside a key ring, and an ill-formed one', async () => {
  await expect(hashCredential('abc', { keyRing, prehashContext: 'a' })).rejects.toThrow(
    'Both a key ring and a prehashContext are given. The pepper digests already; leave the context out.',
  );
  for (const prehashContext of ['', 'a,n=nfc', 'a$b', 'x'.repeat(33)]) {
    await expect(hashCredential('abc', { prehashContext })).rejects.toThrow(/not 1 to 32/);
  }
});

test('composes accents one way, so that two keyboards give one password', async () => {
  for (const [typed, again] of [
    ['caf\u00e9', 'cafe\u0301'],
    ['cafe\u0301', 'caf\u00e9'],
  ] as const) {
    const stored = await hashCredential(typed, { keyRing, cost });
    expect(await verifyCredential(again, stored, { keyRing })).toBe('match');
  }
});

test('keeps spaces around a secret, and tells them apart', async () => {
  const stored = await hashCredential(' a ', argon2id);
  expect(await verifyCredential(' a ', stored)).toBe('match');
  expect(await verifyCredential('a', stored)).toBe('mismatch');
});

test('leaves the event loop free', async () => {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await Promise.all(['a', 'b'].map((secret) => hashCredential(secret, { cost })));
  delay.disable();
  expect(delay.percentile(50) / 1e6).toBeLessThan(50);
});

test('ensureHashed never hashes a hash', async () => {
  const stored = quickHash('secret');
  expect(await ensureHashed(stored, { keyRing })).toBe(stored);
  await expect(ensureHashed(`${stored}\n`, { keyRing })).rejects.toThrow(/is itself a hash/);
  expect(identifyHash(await ensureHashed('secret', { cost }))).toEqual({
    kind: 'bcrypt',
    variant: 'b',
    cost,
  });
});
