import { randomBytes } from 'node:crypto';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KeyRing } from '../keys/key-ring.ts';
import { type BlindIndexColumn, blindIndexColumnsOf } from '../secrets/blind-index-columns.ts';
import { expandSecrets } from '../secrets/expand-secrets.ts';
import type { SecretTreatment } from '../secrets/treatment.ts';
import { blindIndex } from './blind-index.ts';
import { blindIndexCandidates } from './blind-index-candidates.ts';
import { type RotateBlindIndexOptions, rotateBlindIndex } from './blind-index-rotation.ts';
import { encryptField } from './encrypt-field.ts';

const fixed = () => ({ current: 'k', keys: new Map([['k', randomBytes(32)]]) });
const others = { pepper: fixed(), encryption: fixed() };
const all = new Map(['lost', 'old', 'new'].map((id) => [id, randomBytes(32)]));
const ringOf = (current: string, ...ids: string[]) =>
  new KeyRing({
    ...others,
    blindIndex: { current, keys: new Map([...all].filter(([id]) => ids.includes(id))) },
  });
const before = ringOf('old', 'old');
const after = ringOf('new', 'new', 'old');
const table = { schema: 'public', name: 'ca"rds' };
const context = 'cards.token';

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
let other: pg.Client;
let run: RotateBlindIndexOptions;

beforeAll(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  other = new pg.Client(database.url);
  await Promise.all([db.connect(), other.connect()]);
  run = {
    ...{ db, keyRing: after, table, column: 'look.up', context },
    source: { ciphertext: 'cipher', logicalName: { table: 'cards', column: 'token' } },
  };
});

afterAll(async () => {
  await Promise.all([db.end(), other.end()]);
  await database.drop();
});

beforeEach(async () => {
  await db.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    CREATE TABLE "ca""rds" (id int PRIMARY KEY, token text, "look.up" text UNIQUE, "next" text UNIQUE, cipher text)`);
});

async function insert(id: number, token: string, index?: string | null): Promise<void> {
  const key = { id: String(id) };
  await db.query('INSERT INTO "ca""rds" (id, token, "look.up", cipher) VALUES ($1, $2, $3, $4)', [
    id,
    token,
    index === undefined ? await blindIndex(token, { keyRing: before, context }) : index,
    encryptField(token, { keyRing: after, context: { table: 'cards', column: 'token', key } }),
  ]);
}

async function fill(count: number): Promise<void> {
  for (let id = 1; id <= count; id++) await insert(id, `token ${id}`);
}

async function find(token: string, column = 'look.up'): Promise<number[]> {
  const candidates = await blindIndexCandidates(token, { keyRing: after, context });
  const { rows } = await other.query(
    `SELECT id FROM "ca""rds" WHERE ${pg.escapeIdentifier(column)} = ANY ($1)`,
    [candidates],
  );
  return rows.map(({ id }) => id);
}

describe('rotateBlindIndex', () => {
  test('brings every index under the new key, and every look-up finds its row all the while', async () => {
    await fill(25);
    let looks = 0;
    const report = await rotateBlindIndex({
      ...run,
      batchSize: 4,
      db: {
        async query(text: string, values?: unknown[]) {
          looks += 1;
          expect(await find(`token ${(looks % 25) + 1}`)).toEqual([(looks % 25) + 1]);
          return db.query(text, values);
        },
      },
    });
    expect(looks).toBeGreaterThan(20);
    expect(report).toEqual({
      ...{ table, column: 'look.up', rotated: 25, kept: [], isComplete: true },
      keys: [{ keyId: 'new', rows: 25 }],
    });
    const { rows } = await db.query(`SELECT "look.up" AS i FROM "ca""rds" WHERE id = 7`);
    expect(rows[0].i).toBe(await blindIndex('token 7', { keyRing: after, context }));
    expect(await rotateBlindIndex(run)).toMatchObject({ rotated: 0, isComplete: true });
  });

  test('goes on where it was stopped, and counts in a dry run', async () => {
    await fill(9);
    const controller = new AbortController();
    const stopped = rotateBlindIndex({
      ...run,
      batchSize: 3,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'TOTHUB_SECURITY_ABORTED' });
    expect(await rotateBlindIndex({ ...run, dryRun: true })).toMatchObject({
      rotated: 6,
      isComplete: false,
      keys: [
        { keyId: 'new', rows: 3 },
        { keyId: 'old', rows: 6 },
      ],
    });
    expect(await rotateBlindIndex(run)).toMatchObject({ rotated: 6, isComplete: true });
  });

  test('fills a second column and leaves the first', async () => {
    await fill(3);
    await insert(4, 'token 4', null);
    const report = await rotateBlindIndex({ ...run, next: 'next', source: { plaintext: 'token' } });
    expect(report).toMatchObject({ column: 'next', rotated: 4, isComplete: true });
    const { rows } = await db.query(
      `SELECT count(*)::int AS rows FROM "ca""rds" WHERE "look.up" LIKE 'bi1:old:%' AND "next" LIKE 'bi1:new:%'`,
    );
    expect(rows).toEqual([{ rows: 3 }]);
    expect(await find('token 4', 'next')).toEqual([4]);
  });

  test('rotates what expandSecrets filled, told by its treatment', async () => {
    await fill(2);
    const treatments: SecretTreatment[] = [
      {
        ...{
          table,
          column: 'token',
          treatment: 'blind-index',
          target: 'next',
          ciphertext: 'cipher',
        },
        when: { column: 'id', equals: '2' },
      },
    ];
    await expandSecrets({ db, treatments, keyRing: before });
    const [column] = blindIndexColumnsOf(treatments) as [BlindIndexColumn];
    const report = await rotateBlindIndex({ db, keyRing: after, ...column });
    expect(report).toMatchObject({ column: 'next', rotated: 1, kept: [], isComplete: true });
  });

  test('makes fast indexes slow, and compound ones from what the caller gives', async () => {
    const value = (id: string | undefined) => [`name ${id}`, '2019-04-01'];
    for (const id of [1, 2]) {
      await insert(id, '-', await blindIndex(value(`${id}`), { keyRing: before, context }));
    }
    const source: RotateBlindIndexOptions['source'] = async ({ key }) => value(key.id);
    const report = await rotateBlindIndex({ ...run, source, slow: true });
    expect(report).toMatchObject({ rotated: 2, isComplete: true });
    const { rows } = await db.query(`SELECT "look.up" AS i FROM "ca""rds" ORDER BY id`);
    expect(rows[1].i).toBe(await blindIndex(value('2'), { keyRing: after, context, slow: true }));
  });

  test('keeps and counts what it cannot answer for', async () => {
    const options = { keyRing: before, context } as const;
    const lost = await blindIndex('a', { context, keyRing: ringOf('lost', 'lost') });
    await insert(1, 'a', lost);
    await insert(2, 'b', await blindIndex('B', options));
    await insert(3, 'c', 'abc');
    await insert(4, 'd');
    await insert(5, 'e');
    await insert(6, 'f');
    // Added by the application with the new key, beside the same value under the old one.
    await insert(7, 'f', await blindIndex('f', { keyRing: after, context }));
    await db.query(`UPDATE "ca""rds" SET cipher = (SELECT cipher FROM "ca""rds" WHERE id = 1) WHERE id = 4;
      UPDATE "ca""rds" SET cipher = NULL WHERE id = 5`);
    const report = await rotateBlindIndex(run);
    expect(report.kept).toEqual(
      [
        'another row has the same value, and the column is unique',
        'does not fit its value, or was made with other options',
        'no blind index of this package',
        'the ciphertext of its value was altered or belongs elsewhere',
        'there is no value to make it of',
        'under a key that the ring does not hold',
      ].map((reason) => ({ reason, count: 1 })),
    );
    expect(report).toMatchObject({ rotated: 0, isComplete: false });
  });

  test('leaves a row that changes meanwhile with the index of its new value', async () => {
    await fill(3);
    let isDone = false;
    const changed = await blindIndex('changed', { keyRing: after, context });
    const report = await rotateBlindIndex({
      ...run,
      db: {
        async query(text: string, values?: unknown[]) {
          if (!isDone && text.includes('FOR NO KEY UPDATE')) {
            isDone = true;
            await other.query(`UPDATE "ca""rds" SET "look.up" = $1 WHERE id = 2`, [changed]);
          }
          return db.query(text, values);
        },
      },
    });
    expect(report).toMatchObject({ rotated: 2, kept: [], isComplete: true });
    expect(await find('changed')).toEqual([2]);
  });

  test.each([
    [{ column: 'nothing' }, /has no column nothing/],
    [{ next: 'cipher' }, /writes into a column it reads/],
    [{ next: 'id' }, /part of the primary key/],
  ])('refuses %j before anything is written', async (change, message) => {
    await fill(1);
    await expect(rotateBlindIndex({ ...run, ...change })).rejects.toThrow(message);
  });
});
