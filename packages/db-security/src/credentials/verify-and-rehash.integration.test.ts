import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { hashSync } from 'bcryptjs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { olderKeyRing, testKeyRing } from '../../test/test-keys.ts';
import { hashCredential } from './hash-credential.ts';
import { needsRehash } from './needs-rehash.ts';
import { replaceStoredHash } from './replace-stored-hash.ts';
import { verifyAndRehash } from './verify-and-rehash.ts';
import { verifyCredential } from './verify-credential.ts';

const keyRing = testKeyRing('new', 'old');
const options = { keyRing, cost: 10 };
const table = { schema: 'We "ird', name: 'Log.ins; --' };
const column = 'pin\nhash é';
const sqlTable = `"We ""ird"."Log.ins; --"`;
const sqlColumn = `"${column}"`;

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await pool.query(`
    CREATE SCHEMA "We ""ird";
    CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TABLE ${sqlTable} (site integer, "user" text, ${sqlColumn} text COLLATE ignore_case, PRIMARY KEY (site, "user"));
    CREATE TABLE fixed (id integer PRIMARY KEY, hash char(80));`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Puts a row there and gives what a login needs. */
async function login(user: string, stored: string) {
  await pool.query(`INSERT INTO ${sqlTable} VALUES (1, $1, $2), (2, $1, $2)`, [user, stored]);
  return {
    replace: replaceStoredHash(pool, { table, column, key: { site: 1, user } }),
    async read(site = 1): Promise<string> {
      const text = `SELECT ${sqlColumn} AS hash FROM ${sqlTable} WHERE site = $1 AND "user" = $2`;
      return (await pool.query(text, [site, user])).rows[0].hash;
    },
    set: (hash: string) =>
      pool.query(`UPDATE ${sqlTable} SET ${sqlColumn} = $2 WHERE site = 1 AND "user" = $1`, [
        user,
        hash,
      ]),
  };
}

test('a match replaces an old hash in its own row, and the next login finds it current', async () => {
  const old = hashSync('4711', 4);
  const { replace, read } = await login("O'Brien", old);
  expect(await verifyAndRehash('4712', old, { ...options, replace })).toEqual({
    verification: 'mismatch',
    rehash: 'not-needed',
  });
  expect(await read()).toBe(old);
  expect(await verifyAndRehash('4711', old, { ...options, replace })).toEqual({
    verification: 'match',
    rehash: 'replaced',
  });
  const now = await read();
  expect(needsRehash(now, options)).toBe(false);
  expect(await read(2)).toBe(old);
  expect(await verifyAndRehash('4711', now, { ...options, replace })).toEqual({
    verification: 'match',
    rehash: 'not-needed',
  });
});

test('an old pepper gives way to the current one', async () => {
  const old = await hashCredential('4711', { keyRing: olderKeyRing(keyRing, 'old'), cost: 10 });
  const { replace, read } = await login('pepper', old);
  const { rehash } = await verifyAndRehash('4711', old, { ...options, replace });
  expect(rehash).toBe('replaced');
  expect(await read()).toContain('k=new');
});

test('of logins at once one replaces the hash, and all succeed', async () => {
  const old = hashSync('4711', 4);
  const { replace, read } = await login('crowd', old);
  const results = await Promise.all(
    Array.from({ length: 6 }, () => verifyAndRehash('4711', old, { ...options, replace })),
  );
  expect(results.every(({ verification }) => verification === 'match')).toBe(true);
  expect(results.filter(({ rehash }) => rehash === 'replaced')).toHaveLength(1);
  expect(results.filter(({ rehash }) => rehash === 'overtaken')).toHaveLength(5);
  expect(await verifyCredential('4711', await read(), options)).toBe('match');
});

test('a second login does not hash again while the first one replaces', async () => {
  const old = hashSync('4711', 4);
  const { replace } = await login('two', old);
  const first = await verifyAndRehash('4711', old, {
    ...options,
    async replace(change) {
      const never = () => Promise.reject(new Error('hashed again'));
      const second = await verifyAndRehash('4711', old, { ...options, replace: never });
      expect(second).toEqual({ verification: 'match', rehash: 'overtaken' });
      return replace(change);
    },
  });
  expect(first.rehash).toBe('replaced');
});

test('another process that was quicker is not overwritten', async () => {
  const old = hashSync('4711', 4);
  const { replace } = await login('race', old);
  const changes = await Promise.all(
    ['a', 'b'].map((name) => replace({ from: old, to: `${hashSync(name, 4)}` })),
  );
  expect(changes.toSorted()).toEqual([false, true]);
});

test('a password that is changed during the login stays', async () => {
  const old = hashSync('4711', 4);
  const { replace, read, set } = await login('changes', old);
  const changed = hashSync('0815', 4);
  const result = await verifyAndRehash('4711', old, {
    ...options,
    async replace(change) {
      await set(changed);
      return replace(change);
    },
  });
  expect(result).toEqual({ verification: 'match', rehash: 'overtaken' });
  expect(await read()).toBe(changed);
});

test('a hash that differs in capitals only is another, whatever the collation says', async () => {
  const old = hashSync('4711', 4);
  const { replace, read, set } = await login('collation', old);
  const swapped = old.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  await set(swapped);
  expect(await replace({ from: old, to: 'never' })).toBe(false);
  expect(await read()).toBe(swapped);
});

test('finds a hash in a padded column', async () => {
  const old = hashSync('4711', 4);
  await pool.query('INSERT INTO fixed VALUES (1, $1)', [old]);
  const place = { table: { schema: 'public', name: 'fixed' }, column: 'hash', key: { id: 1 } };
  expect(await replaceStoredHash(pool, place)({ from: old, to: 'new' })).toBe(true);
});

test('a hash in a citext column is another when its capitals differ', async (context) => {
  const available = "SELECT FROM pg_available_extensions WHERE name = 'citext'";
  context.skip((await pool.query(available)).rows.length === 0, 'no citext on this server');
  await pool.query('CREATE EXTENSION citext; CREATE TABLE ignoring (id integer, hash citext)');
  await pool.query("INSERT INTO ignoring VALUES (1, 'ABC')");
  const place = { table: { schema: 'public', name: 'ignoring' }, column: 'hash', key: { id: 1 } };
  const replace = replaceStoredHash(pool, place);
  expect(await replace({ from: 'abc', to: 'new' })).toBe(false);
  expect(await replace({ from: 'ABC', to: 'new' })).toBe(true);
});

test('a replacement that fails leaves the login standing, and names no value', async () => {
  const old = hashSync('4711', 4);
  const { read } = await login('read only', old);
  const client = await pool.connect();
  try {
    await client.query('SET default_transaction_read_only = on');
    const place = { table, column, key: { site: 1, user: 'read only' } };
    const result = await verifyAndRehash('4711', old, {
      ...options,
      replace: replaceStoredHash(client, place),
    });
    expect(result).toMatchObject({
      verification: 'match',
      rehash: 'failed',
      cause: { code: 'TOTHUB_SECURITY_STATEMENT', sqlState: '25006' },
    });
    expect(JSON.stringify(result)).not.toContain('$2b$');
  } finally {
    await client.query('RESET default_transaction_read_only');
    client.release();
  }
  expect(await read()).toBe(old);
});

test('an unknown user replaces nothing', async () => {
  const replace = () => Promise.reject(new Error('called'));
  expect(await verifyAndRehash('4711', undefined, { ...options, replace })).toEqual({
    verification: 'mismatch',
    rehash: 'not-needed',
  });
});

test('refuses a place without a key, which would be every row', () => {
  expect(() => replaceStoredHash(pool, { table, column, key: {} })).toThrow(
    'No key column is named. Name what finds the row, such as { id: 7 }.',
  );
});
