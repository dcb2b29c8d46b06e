/** bcrypt of PostgreSQL's own pgcrypto, where the server has it. */
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashCredential } from './hash-credential.ts';
import { identifyHash } from './stored-hash.ts';
import { verifyCredential } from './verify-credential.ts';

let database: TestDatabase;
let client: pg.Client;
let hasPgcrypto = false;
beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query(
    "SELECT FROM pg_available_extensions WHERE name = 'pgcrypto'",
  );
  hasPgcrypto = rows.length > 0;
  if (hasPgcrypto) await client.query('CREATE EXTENSION pgcrypto');
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const crypt = async (secret: string, setting: string): Promise<string> =>
  (await client.query('SELECT crypt($1, $2) AS hash', [secret, setting])).rows[0].hash;

test('its hashes verify here', async (context) => {
  context.skip(!hasPgcrypto, 'no pgcrypto on this server');
  const { rows } = await client.query("SELECT gen_salt('bf', 5) AS salt");
  for (const secret of ['4711', 'café', '😀'.repeat(18)]) {
    const stored = await crypt(secret, rows[0].salt);
    expect(stored).toMatch(/^\$2a\$05\$/);
    expect(await verifyCredential(secret, stored)).toBe('match');
    expect(await verifyCredential(`${secret.slice(2)}x`, stored)).toBe('mismatch');
  }
});

test('hashes made here verify there, under the name $2a$', async (context) => {
  context.skip(!hasPgcrypto, 'no pgcrypto on this server');
  const stored = (await hashCredential('café', { cost: 10 })).replace('$2b$', '$2a$');
  expect(await crypt('café', stored)).toBe(stored);
});

test('what it makes of $2b$ is no hash to us, but an old DES one', async (context) => {
  context.skip(!hasPgcrypto, 'no pgcrypto on this server');
  const stored = await crypt('secret1234', await hashCredential('x', { cost: 10 }));
  expect(identifyHash(stored)).toBeUndefined();
  expect(await verifyCredential('secret1234', stored, { cost: 10 })).toBe('unreadable');
});
