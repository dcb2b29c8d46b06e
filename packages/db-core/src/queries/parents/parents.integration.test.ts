import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDatabase, openMigrated } from '../../../test/open-database.ts';
import { InvalidInputError } from '../../errors.ts';
import {
  consumeParentResetToken,
  setParentPassword,
  setParentResetToken,
} from './parent-passwords.ts';
import { getParent, getParentByEmail, getParentByUsername, touchParentLogin } from './parents.ts';

let on: OpenDatabase;

beforeAll(async () => {
  on = await openMigrated();
});
afterAll(() => on?.close());

const hash = (letter: string): string => `$2b$12$${letter.repeat(53)}`;
const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');
const now = new Date('2026-06-01T12:00:00Z');
const later = new Date(now.getTime() + 1);

async function newParent({ active = true } = {}) {
  const username = `p${randomUUID()}`;
  const email = `Ada.${username}@Example.org`;
  const [row] = await on.rows(
    `INSERT INTO parents (username, password_hash, email, first_name, last_name, is_active, updated_at)
     VALUES ($1, $2, $3, 'Ada', 'Moss', $4, '2020-01-01') RETURNING id`,
    [username, hash('a'), email, active],
  );
  return { id: String(row?.id), username, email };
}

async function stored(id: string) {
  const [row] = await on.rows(
    'SELECT password_hash, reset_token, reset_token_expiry, last_login, updated_at FROM parents WHERE id = $1',
    [id],
  );
  return row;
}

describe('login', () => {
  test('finds a parent by e-mail and user name in any case, with the hash to check', async () => {
    const { id, username, email } = await newParent();
    const login = {
      id,
      username,
      email,
      passwordHash: hash('a'),
      firstName: 'Ada',
      lastName: 'Moss',
      emailVerified: false,
    };
    expect(await getParentByEmail(on.db, { email: email.toUpperCase() })).toEqual(login);
    expect(await getParentByUsername(on.db, { username: username.toUpperCase() })).toEqual(login);
  });

  test('finds an inactive parent as little as one that does not exist', async () => {
    const { id, username, email } = await newParent({ active: false });
    expect(await getParentByEmail(on.db, { email })).toBeNull();
    expect(await getParentByUsername(on.db, { username })).toBeNull();
    expect(await touchParentLogin(on.db, { id, at: now })).toBe(0);
    expect(await setParentPassword(on.db, { id, passwordHash: hash('b') })).toBe(0);
    const reset = { id, tokenHash: tokenHash(id), expiry: later };
    expect(await setParentResetToken(on.db, reset)).toBe(0);
    expect(await stored(id)).toMatchObject({ password_hash: hash('a'), last_login: null });
  });

  test('is not fooled by patterns and quotes', async () => {
    for (const text of ['%', "' OR true --", '%@example.org', '_']) {
      expect(await getParentByEmail(on.db, { email: text })).toBeNull();
      expect(await getParentByUsername(on.db, { username: text })).toBeNull();
    }
  });

  test('shows neither hash nor token to ordinary readers', async () => {
    const { id } = await newParent();
    const parent = await getParent(on.db, { id });
    expect(parent).toMatchObject({ id, firstName: 'Ada', isActive: true });
    expect(Object.keys(parent ?? {}).filter((key) => /password|token/i.test(key))).toEqual([]);
  });

  test('notes the latest login, also when an earlier one comes in late', async () => {
    const { id } = await newParent();
    expect(await touchParentLogin(on.db, { id, at: later })).toBe(1);
    expect(await touchParentLogin(on.db, { id, at: now })).toBe(1);
    expect(await getParent(on.db, { id })).toMatchObject({ lastLogin: later });
  });
});

describe('setParentPassword', () => {
  test('sets the hash, ends a reset and dates the change', async () => {
    const { id } = await newParent();
    await setParentResetToken(on.db, { id, tokenHash: tokenHash(id), expiry: later });
    expect(await setParentPassword(on.db, { id, passwordHash: hash('b') })).toBe(1);
    const row = await stored(id);
    expect(row).toMatchObject({
      password_hash: hash('b'),
      reset_token: null,
      reset_token_expiry: null,
    });
    expect(Number(row?.updated_at)).toBeGreaterThan(Date.UTC(2021));
  });

  test('refuses what is no hash, and repeats no word of it', async () => {
    const { id } = await newParent();
    for (const passwordHash of ['correct horse battery staple', '$ecret$pa$$word', '', '$2b$12$']) {
      const call = setParentPassword(on.db, { id, passwordHash });
      await expect(call).rejects.toThrow(InvalidInputError);
      await expect(call).rejects.toThrow(
        'setParentPassword: passwordHash does not fit the schema of the input. Nothing was sent.',
      );
    }
  });

  test('takes the hashes that are in use', async () => {
    const { id } = await newParent();
    const argon = `$argon2id$v=19$m=65536,t=3,p=4$${'c'.repeat(22)}$${'d'.repeat(43)}`;
    const peppered = `$bcrypt-hmac-sha384$v=1,k=key-1,n=nfc${hash('e')}`;
    for (const passwordHash of [argon, peppered, hash('f')]) {
      await setParentPassword(on.db, { id, passwordHash });
      expect(await stored(id)).toMatchObject({ password_hash: passwordHash });
    }
  });
});

describe('password reset', () => {
  const start = async (expiry = later) => {
    const { id } = await newParent();
    await setParentResetToken(on.db, { id, tokenHash: tokenHash(id), expiry });
    return id;
  };

  test('sets the password once, of several at once too', async () => {
    const id = await start();
    const input = { tokenHash: tokenHash(id), passwordHash: hash('b'), at: now };
    const calls = await Promise.all([1, 2, 3].map(() => consumeParentResetToken(on.db, input)));
    expect(calls.filter((call) => call !== null)).toEqual([{ id }]);
    expect(await consumeParentResetToken(on.db, input)).toBeNull();
    expect(await stored(id)).toMatchObject({ password_hash: hash('b'), reset_token: null });
  });

  test('is over at the very moment of its expiry', async () => {
    const id = await start(now);
    const input = { tokenHash: tokenHash(id), passwordHash: hash('b'), at: now };
    expect(await consumeParentResetToken(on.db, input)).toBeNull();
    expect(await stored(id)).toMatchObject({ password_hash: hash('a') });
  });

  test('does not work with a token that was replaced, or of a parent that was deactivated', async () => {
    const id = await start();
    await setParentResetToken(on.db, { id, tokenHash: tokenHash('new'), expiry: later });
    const input = { passwordHash: hash('b'), at: now };
    expect(await consumeParentResetToken(on.db, { ...input, tokenHash: tokenHash(id) })).toBeNull();
    await on.rows('UPDATE parents SET is_active = false WHERE id = $1', [id]);
    expect(
      await consumeParentResetToken(on.db, { ...input, tokenHash: tokenHash('new') }),
    ).toBeNull();
  });

  test('takes the hash of a token only, never a token', async () => {
    const { id } = await newParent();
    for (const token of ['short', 'A'.repeat(64), 'g'.repeat(64)]) {
      await expect(
        setParentResetToken(on.db, { id, tokenHash: token, expiry: later }),
      ).rejects.toThrow(InvalidInputError);
    }
  });
});
