/** A key leaves its file only when nothing in the database needs it, wherever that may stand. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quoteIdent } from '@tothub/db-catalog';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { db, useDatabase } from '../../test/own-database.ts';
import { hashCredential } from '../credentials/hash-credential.ts';
import { blindIndex } from '../fields/blind-index.ts';
import { encryptBytes, encryptField } from '../fields/encrypt-field.ts';
import { addKey } from './change-key-file.ts';
import { createKeyFile, readKeyFile } from './key-file.ts';
import { keyPurposes } from './key-ring.ts';
import { findKeyUses } from './key-uses.ts';
import { retireKey } from './retire-key.ts';

let directory: string;
let path: string;
/** The first key of each purpose has this id. */
let former: string;

useDatabase();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'retire-'));
  path = join(directory, 'keys.json');
  await createKeyFile(path);
  former = (await readKeyFile(path)).current('encryption').id;
  await db.query(
    'DROP SCHEMA IF EXISTS "o\'t her" CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public',
  );
  return () => rm(directory, { recursive: true });
});

const context = { table: 't', column: 'c', key: {} };

test('a use is found in text, JSON, arrays, longer texts, any schema, and counted by column', async () => {
  const keyRing = await readKeyFile(path);
  const sealed = encryptField('x', { keyRing, context });
  await db.query(`CREATE SCHEMA "o't her"; CREATE COLLATION ci (provider = icu, locale = 'und', deterministic = false);
    CREATE TABLE plain (a text, "B ""b" varchar(200) COLLATE ci, c int);
    CREATE TABLE "o't her".parts (id int, j jsonb, k json, l text[], m text, n bytea, PRIMARY KEY (id)) PARTITION BY LIST (id);
    CREATE TABLE "o't her".part PARTITION OF "o't her".parts DEFAULT`);
  await db.query(
    'INSERT INTO plain VALUES ($1::text, $1::text, 1), ($1::text, NULL, 2), ($2, upper($1::text), 3)',
    [sealed, sealed.replace(former, `${former}0`)],
  );
  await db.query(
    `INSERT INTO "o't her".parts VALUES (1, $1::text::jsonb, $1::text::json, ARRAY['x', $2::text], 'see ' || $2::text || '.', NULL)`,
    [JSON.stringify({ deep: [sealed] }), encryptBytes(Buffer.from('x'), { keyRing, context })],
  );
  const { uses, unsearched } = await findKeyUses({ db, id: former });
  expect(unsearched).toEqual([]);
  expect(uses.map(({ schema, name, column, rows }) => [schema, name, column, rows])).toEqual([
    ["o't her", 'part', 'j', 1],
    ["o't her", 'part', 'k', 1],
    ["o't her", 'part', 'l', 1],
    ["o't her", 'part', 'm', 1],
    ['public', 'plain', 'a', 2],
    ['public', 'plain', 'B "b', 1],
  ]);
  expect((await findKeyUses({ db, id: former, purpose: 'pepper' })).uses).toEqual([]);
});

test('each purpose is told by its own stored form', async () => {
  const keyRing = await readKeyFile(path);
  await db.query('CREATE TABLE forms (encryption text, pepper text, "blindIndex" text, slow text)');
  await db.query('INSERT INTO forms VALUES ($1, $2, $3, $4)', [
    encryptField('x', { keyRing, context }),
    await hashCredential('1234', { keyRing, cost: 10 }),
    await blindIndex('x', { keyRing, context: 'c' }),
    await blindIndex('x', { keyRing, context: 'c', slow: true }),
  ]);
  for (const purpose of keyPurposes) {
    const { uses } = await findKeyUses({ db, id: former, purpose });
    expect(uses.map(({ column }) => column)).toEqual(
      purpose === 'blindIndex' ? ['blindIndex', 'slow'] : [purpose],
    );
    await addKey(path, { purpose });
    await expect(retireKey(path, { db, id: former, purpose })).rejects.toThrow(
      new RegExp(`The ${purpose} key "${former}" is, or may be, in use: public\\.forms\\.`),
    );
  }
});

test('a key that is in use stays, until it is not or its last table is given up', async () => {
  const keyRing = await readKeyFile(path);
  await db.query('CREATE TABLE log (what jsonb); CREATE TABLE live (c text)');
  await db.query('INSERT INTO live VALUES ($1)', [encryptField('x', { keyRing, context })]);
  await db.query('INSERT INTO log SELECT to_jsonb(live) FROM live');
  await expect(retireKey(path, { db, id: former })).rejects.toThrow(/is the current one/);
  await addKey(path);
  const before = await readFile(path, 'utf8');
  const error = await retireKey(path, { db, id: former }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'TOTHUB_SECURITY_KEY_IN_USE',
    uses: [
      { schema: 'public', name: 'live', column: 'c', rows: 1 },
      { schema: 'public', name: 'log', column: 'what', rows: 1 },
    ],
  });
  const except = [{ schema: 'public', name: 'log' }];
  await expect(retireKey(path, { db, id: former, except })).rejects.toThrow(
    /public\.live\.c \(1 rows\)/,
  );
  expect(await readFile(path, 'utf8')).toBe(before);
  await db.query('TRUNCATE live');
  await retireKey(path, { db, id: former, except });
  expect((await readKeyFile(path)).ids('encryption')).not.toContain(former);
  await expect(retireKey(path, { db, id: former })).rejects.toThrow(/has no encryption key/);
});

test('what may not be read may hold a use, and rows that a policy hides are not overlooked', async () => {
  await addKey(path);
  await db.query(`CREATE TABLE closed (c text); CREATE TABLE hidden (c text);
    INSERT INTO hidden VALUES ('enc1:${former}:'); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; ALTER TABLE hidden FORCE ROW LEVEL SECURITY`);
  const role = `retirer ${process.pid}`;
  await db.query(`CREATE ROLE ${quoteIdent(role)}; GRANT USAGE ON SCHEMA public TO ${quoteIdent(role)};
    GRANT SELECT ON hidden TO ${quoteIdent(role)}; SET ROLE ${quoteIdent(role)}`);
  onTestFinished(async () => {
    await db.query(`RESET ROLE; DROP OWNED BY ${quoteIdent(role)}; DROP ROLE ${quoteIdent(role)}`);
  });
  await expect(retireKey(path, { db, id: former })).rejects.toMatchObject({
    code: 'TOTHUB_SECURITY_STATEMENT',
    sqlState: '42501',
  });
  await db.query(`RESET ROLE; DROP TABLE hidden; SET ROLE ${quoteIdent(role)}`);
  await expect(retireKey(path, { db, id: former })).rejects.toThrow(
    /in use: public\.closed \(no permission to read it\)/,
  );
  const except = [{ schema: 'public', name: 'closed' }];
  await retireKey(path, { db, id: former, except });
});

test('stops between two tables when asked', async () => {
  await db.query('CREATE TABLE one (c text)');
  const signal = AbortSignal.abort();
  await expect(findKeyUses({ db, id: former, signal })).rejects.toThrow(/Run it again/);
});
