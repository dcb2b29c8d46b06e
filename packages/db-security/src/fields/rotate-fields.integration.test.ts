/** Rotation against a real server: what ends under which key. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { QUARANTINE_TABLE } from '../../test/quarantine-table.ts';
import {
  accounts,
  column,
  contextOf,
  db,
  intercepted,
  nasty,
  now,
  onlyNew,
  opened,
  ring,
  rowsOf,
  sql,
  table,
  useRotationDatabase,
} from '../../test/rotation-database.ts';
import { contractSecrets } from '../secrets/contract-secrets.ts';
import { expandSecrets } from '../secrets/expand-secrets.ts';
import { fieldColumnsOf } from '../secrets/field-columns.ts';
import { decryptQuarantined } from '../secrets/quarantine.ts';
import type { SecretTreatment } from '../secrets/treatment.ts';
import { decryptBytes, encryptBytes, encryptField } from './encrypt-field.ts';
import type { FieldColumn } from './field-column.ts';
import { rebindField } from './rebind-field.ts';
import { rotateFields } from './rotate-fields.ts';

useRotationDatabase();

test('every value ends under the current key, whatever the client shows, and a second run changes nothing', async () => {
  await db.query(`SET DateStyle = 'SQL, DMY'`);
  const [report] = await rotateFields({ db, keyRing: now, columns: [column], batchSize: 7 });
  await db.query('RESET ALL');
  expect(report).toEqual({
    table,
    column: nasty,
    rotated: 60,
    kept: [],
    keys: [{ keyId: 'new', rows: 60 }],
    isComplete: true,
  });
  expect(await opened(onlyNew)).toEqual(accounts);
  const before = await rowsOf();
  const [again] = await rotateFields({ db, keyRing: now, columns: [column] });
  expect(again).toMatchObject({ rotated: 0, isComplete: true });
  expect(await rowsOf()).toEqual(before);
});

test('a dry run counts and changes nothing', async () => {
  const before = await rowsOf();
  const [report] = await rotateFields({ db, keyRing: now, columns: [column], dryRun: true });
  expect(report).toMatchObject({
    rotated: 60,
    isComplete: false,
    keys: [
      { keyId: 'Old', rows: 20 },
      { keyId: 'old', rows: 20 },
      { keyId: 'older', rows: 20 },
    ],
  });
  expect(await rowsOf()).toEqual(before);
});

test('a page is one statement to read and one to write', async () => {
  const sent: string[] = [];
  const watched = intercepted(/./, async () => {});
  await rotateFields({
    db: {
      query(text: string, values?: unknown[]) {
        sent.push(text.trimStart().slice(0, 6));
        return watched.query(text, values);
      },
    },
    keyRing: now,
    columns: [column],
    batchSize: 20,
  });
  expect(sent.filter((start) => start === 'UPDATE')).toHaveLength(3);
  // Two for the settings and two to put them back, two to describe, four pages and one count.
  expect(sent).toHaveLength(3 + 3 + 1 + 4 + 1);
});

test('bytes stay bytes, and values of many megabytes are read a few at a time', {
  timeout: 30_000,
}, async () => {
  await db.query('CREATE TABLE photos (id int PRIMARY KEY, photo text)');
  const photo = randomBytes(6_500_000);
  const context = (id: string) => ({ table: 'photos', column: 'photo', key: { id } });
  for (const id of ['1', '2']) {
    const sealed = encryptBytes(photo, { keyRing: ring('old'), context: context(id) });
    await db.query('INSERT INTO photos VALUES ($1, $2)', [id, sealed]);
  }
  const pages: number[] = [];
  const [report] = await rotateFields({
    db,
    keyRing: now,
    columns: [{ table: { schema: 'public', name: 'photos' }, column: 'photo' }],
    onProgress: (progress) => pages.push('examined' in progress ? progress.examined : 0),
  });
  expect(report).toMatchObject({ rotated: 2, isComplete: true });
  expect(pages).toEqual([1, 2]);
  const { rows } = await db.query('SELECT photo FROM photos WHERE id = 2');
  const back = decryptBytes(rows[0].photo, { keyRing: onlyNew, context: context('2') });
  expect(Buffer.compare(back, photo)).toBe(0);
});

test('ciphertexts from expansion and in the quarantine rotate, with logical names of their own', async () => {
  await db.query(`
    ${QUARANTINE_TABLE};
    INSERT INTO data_quarantine (schema_name, old_value) VALUES ('elsewhere', 'in the clear');
    CREATE TABLE logins (id int PRIMARY KEY, kind text, secret text, config jsonb, cipher varchar(200), config_cipher text);
    INSERT INTO logins VALUES (1, 'card', 'number one', '{"api_key": "k-1", "port": 1}'), (2, 'phone', 'number two', '{}')`);
  const of = { table: { schema: 'public', name: 'logins' } };
  const encrypted = { ...of, column: 'secret', treatment: 'encrypt', target: 'cipher' } as const;
  const treatments: SecretTreatment[] = [
    { ...encrypted, when: { column: 'kind', equals: 'card' } },
    {
      ...encrypted,
      when: { column: 'kind', equals: 'phone' },
      logicalName: { table: 'phones', column: 'number' },
    },
    { ...of, column: 'config', treatment: 'encrypt-json', target: 'config_cipher' },
  ];
  const quarantine = { schema: 'public', name: 'data_quarantine' };
  await expandSecrets({ db, treatments, keyRing: ring('old') });
  await contractSecrets({ db, treatments, keyRing: ring('old'), quarantine });
  const columns = fieldColumnsOf(treatments);
  expect(columns.map(({ column: name, when }) => [name, when?.equals])).toEqual([
    ['cipher', 'card'],
    ['cipher', 'phone'],
    ['config_cipher', undefined],
  ]);
  const reports = await rotateFields({ db, keyRing: now, columns, quarantine });
  expect(reports.map(({ column: name, rotated, keys }) => [name, rotated, keys])).toEqual([
    ['cipher', 1, [{ keyId: 'new', rows: 1 }]],
    ['cipher', 1, [{ keyId: 'new', rows: 1 }]],
    ['config_cipher', 2, [{ keyId: 'new', rows: 2 }]],
    ['old_value', 3, [{ keyId: 'new', rows: 3 }]],
  ]);
  const { rows } = await db.query(
    `SELECT table_name, column_name, old_value FROM data_quarantine WHERE row_key = '{"id": "2"}'`,
  );
  const origin = { schema: 'public', table: 'logins', column: 'secret', key: { id: '2' } };
  expect(decryptQuarantined(rows[0].old_value, origin, onlyNew)).toBe('number two');
  expect(await expandSecrets({ db, treatments, keyRing: onlyNew })).toMatchObject([
    { written: 0 },
    { written: 0 },
    { written: 0 },
  ]);
});

test('treatments of one column with one logical name are rotated as one', () => {
  const of = { table: { schema: 'public', name: 'logins' }, column: 'secret' };
  const treatments: SecretTreatment[] = [
    { ...of, when: { column: 'kind', equals: 'a' }, treatment: 'encrypt', target: 'cipher' },
    {
      ...of,
      when: { column: 'kind', equals: 'b' },
      treatment: 'blind-index',
      target: 'lookup',
      ciphertext: 'cipher',
    },
    { ...of, when: { column: 'kind', equals: 'c' }, treatment: 'blind-index', target: 'lookup' },
    { ...of, treatment: 'hash', target: 'hash' },
  ];
  expect(fieldColumnsOf(treatments)).toEqual([
    {
      table: of.table,
      column: 'cipher',
      logicalName: { table: 'logins', column: 'secret' },
      when: undefined,
    },
  ]);
});

test('a collation that takes capitals for small letters does not hide a key', async () => {
  await db.query(`CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    ALTER TABLE ${sql.table} ALTER COLUMN ${sql.column} TYPE text COLLATE ci`);
  const [report] = await rotateFields({ db, keyRing: ring('old'), columns: [column] });
  expect(report).toMatchObject({ rotated: 40, keys: [{ keyId: 'old', rows: 60 }] });
});

test.each<[string, Partial<FieldColumn>, RegExp]>([
  [
    'a missing table',
    { table: { schema: 'public', name: 'none' } },
    /There is no table public\.none/,
  ],
  ['a missing column', { column: 'none' }, /has no column "none"\. Add it/],
  ['a missing column of when', { when: { column: 'none', equals: '' } }, /has no column "none"/],
  ['a key column', { column: 'a' }, /part of the primary key/],
])('%s is refused before any column is rotated', async (_, change, message) => {
  const before = await rowsOf();
  const columns = [column, { ...column, ...change }];
  await expect(rotateFields({ db, keyRing: now, columns })).rejects.toThrow(message);
  expect(await rowsOf()).toEqual(before);
});

test('a row whose primary key changes is rebound in the statement that changes it, and not readable without', async () => {
  const [row] = await rowsOf();
  const { a, b, ciphertext } = row as { a: string; b: string; ciphertext: string };
  const [from, to] = [contextOf(a, b), contextOf('2030-01-01', b)];
  const change = `UPDATE ${sql.table} SET a = '2030-01-01', ${sql.column} = $1 WHERE a = $2 AND "b c" = $3`;
  await db.query(change, [ciphertext, a, b]);
  const [report] = await rotateFields({ db, keyRing: now, columns: [column] });
  expect(report?.kept).toEqual([
    { reason: 'altered, or bound to another row or column; see rebindField', count: 1 },
  ]);
  const moved = rebindField(ciphertext, { keyRing: now, from, to });
  await db.query(change, [moved, '2030-01-01', b]);
  expect(await rotateFields({ db, keyRing: now, columns: [column] })).toMatchObject([
    { rotated: 0, isComplete: true },
  ]);
  expect((await opened(onlyNew)).at(-1)).toBe('account 0');
});

test('a unique constraint on ciphertexts finds no equal values: that is what a blind index is for', async () => {
  await db.query('CREATE TABLE cards (id int PRIMARY KEY, number text UNIQUE)');
  for (const id of ['1', '2']) {
    const context = { table: 'cards', column: 'number', key: { id } };
    const number = encryptField('4111', { keyRing: now, context });
    await db.query('INSERT INTO cards VALUES ($1, $2)', [id, number]);
  }
  expect((await db.query('SELECT FROM cards')).rows).toHaveLength(2);
});
