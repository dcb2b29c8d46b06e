/** What of this package has been tried on PGlite: one instance for all, because it takes seconds to start. */
import { randomBytes } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decryptField, encryptField } from './fields/encrypt-field.ts';
import { rotateFields } from './fields/rotate-fields.ts';
import { KeyRing } from './keys/key-ring.ts';
import { createMaskingViews } from './masking/create-masking-views.ts';

let db: PGlite;

beforeAll(async () => {
  db = await PGlite.create();
}, 60_000);

afterAll(() => db.close());

const held = new Map(['old', 'new'].map((id) => [id, randomBytes(32)]));
const ring = (current: string) => {
  const set = { current, keys: held };
  return new KeyRing({ pepper: set, encryption: set, blindIndex: set });
};

test('ciphertexts rotate, whatever the types of the key', async () => {
  await db.exec(
    'CREATE TABLE fields (a date, b boolean, c bytea, cipher text, PRIMARY KEY (a, b, c))',
  );
  const keys = Array.from({ length: 20 }, (_, i) => ({
    a: `2024-01-${String(1 + (i >> 1)).padStart(2, '0')}`,
    b: i % 2 === 0 ? 'false' : 'true',
    c: '\\x00ff',
  }));
  const contextOf = (key: Record<string, string>) => ({ table: 'fields', column: 'cipher', key });
  for (const key of keys) {
    const cipher = encryptField(`of ${key.a}`, { keyRing: ring('old'), context: contextOf(key) });
    await db.query(
      'INSERT INTO fields VALUES ($1::text::date, $2::text::boolean, $3::text::bytea, $4)',
      [key.a, key.b, key.c, cipher],
    );
  }
  const columns = [{ table: { schema: 'public', name: 'fields' }, column: 'cipher' }];
  const options = { db, keyRing: ring('new'), columns, batchSize: 7 };
  expect(await rotateFields(options)).toMatchObject([
    { rotated: 20, isComplete: true, keys: [{ keyId: 'new', rows: 20 }] },
  ]);
  const { rows } = await db.query<{ cipher: string }>('SELECT cipher FROM fields ORDER BY a, b');
  const opened = rows.map(({ cipher }, i) =>
    decryptField(cipher, { keyRing: ring('new'), context: contextOf(keys[i] ?? {}) }),
  );
  expect(opened).toEqual(keys.map(({ a }) => `of ${a}`));
});

test('masking views are made, also inside a transaction of the caller, whose settings stay', async () => {
  await db.exec(`CREATE TABLE staff (id int, ssn text); INSERT INTO staff VALUES (1, '111-22-3333');
    CREATE ROLE analyst; SET search_path = public, pg_catalog; SET lock_timeout = '7s'; BEGIN`);
  const { status } = await createMaskingViews({
    db,
    schema: 'masked',
    tables: [
      {
        table: { schema: 'public', name: 'staff' },
        columns: { id: 'pass', ssn: { last: 4 } },
        unnamed: 'omit',
      },
    ],
    grantTo: ['analyst'],
  });
  expect(status.ok).toBe(true);
  const settings = await db.query(
    "SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS waited",
  );
  expect(settings.rows).toEqual([{ path: 'public, pg_catalog', waited: '7s' }]);
  await db.exec('COMMIT; SET ROLE analyst');
  expect((await db.query('SELECT * FROM masked.staff')).rows).toEqual([{ id: 1, ssn: '***3333' }]);
});
