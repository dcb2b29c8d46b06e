/** Rotation against a real server: what is left under which key, also when rows change, when it is killed, when it cannot. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { type Queryable, quoteIdent } from '@tothub/db-catalog';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { addKey } from '../keys/change-key-file.ts';
import { createKeyFile, readKeyFile } from '../keys/key-file.ts';
import { KeyRing } from '../keys/key-ring.ts';
import { contractSecrets } from '../secrets/contract-secrets.ts';
import { expandSecrets } from '../secrets/expand-secrets.ts';
import { fieldColumnsOf } from '../secrets/field-columns.ts';
import { decryptQuarantined } from '../secrets/quarantine.ts';
import type { SecretTreatment } from '../secrets/treatment.ts';
import { decryptBytes, decryptField, encryptBytes, encryptField } from './encrypt-field.ts';
import type { FieldColumn } from './field-column.ts';
import { rebindField } from './rebind-field.ts';
import { type RejectedField, rotateFields } from './rotate-fields.ts';

const all = new Map(['old', 'older', 'Old', 'new'].map((id) => [id, randomBytes(32)]));
function ring(current: string, ids: readonly string[] = [...all.keys()]): KeyRing {
  const keys = new Map(ids.map((id) => [id, all.get(id) as Buffer]));
  const other = { current: 'x', keys: new Map([['x', all.get('old') as Buffer]]) };
  return new KeyRing({ pepper: other, encryption: { current, keys }, blindIndex: other });
}
const now = ring('new');

const table = { schema: 'public', name: 'st\'aff "x"' };
const nasty = 'Ci"pher %s';
const column: FieldColumn = {
  table,
  column: nasty,
  logicalName: { table: 'staff', column: 'account' },
};
const sql = { table: quoteIdent(table.name), column: quoteIdent(nasty) };
const contextOf = (a: string, b: string) => ({
  table: 'staff',
  column: 'account',
  key: { a, 'b c': b },
});

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
let other: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  other = new pg.Client(database.url);
  await Promise.all([db.connect(), other.connect()]);
});

afterAll(async () => {
  await Promise.all([db.end(), other.end()]);
  await database.drop();
});

beforeEach(async () => {
  await db.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public`);
  await fill();
});

/** Sixty rows under three keys, one row without a value, in a table with a hostile name and a composite key. */
async function fill(): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const a = new Date(Date.UTC(2024, 0, 1 + (i >> 1))).toISOString().slice(0, 10);
    const b = i % 2 === 0 ? 'true' : 'false';
    const keyRing = ring(['old', 'older', 'Old'][i % 3] as string);
    return {
      a,
      b,
      ciphertext: encryptField(`account ${i}`, { keyRing, context: contextOf(a, b) }),
    };
  });
  await db.query(
    `CREATE TABLE ${sql.table} (a date, "b c" boolean, ${sql.column} text, note text, PRIMARY KEY (a, "b c"));
     INSERT INTO ${sql.table} (a, "b c") VALUES ('infinity', true)`,
  );
  await db.query(
    `INSERT INTO ${sql.table} SELECT * FROM unnest($1::date[], $2::boolean[], $3::text[])`,
    [rows.map(({ a }) => a), rows.map(({ b }) => b), rows.map(({ ciphertext }) => ciphertext)],
  );
}

async function rowsOf() {
  const { rows } = await db.query(
    `SELECT to_char(a, 'YYYY-MM-DD') AS a, "b c"::text AS b, ${sql.column} AS ciphertext FROM ${sql.table}
     WHERE a < 'infinity' ORDER BY a, "b c" DESC`,
  );
  return rows as { a: string; b: string; ciphertext: string }[];
}

const opened = async (keyRing: KeyRing) =>
  (await rowsOf()).map(({ a, b, ciphertext }) =>
    decryptField(ciphertext, { keyRing, context: contextOf(a, b) }),
  );
const accounts = Array.from({ length: 60 }, (_, i) => `account ${i}`);
const onlyNew = ring('new', ['new']);

/** The client, with something done just before each statement of a kind. */
function intercepted(kind: RegExp, act: () => Promise<unknown>): Queryable {
  return {
    async query(text: string, values?: unknown[]) {
      if (kind.test(text)) await act();
      return db.query(text, values);
    },
  };
}

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

test('a value that the application writes meanwhile is kept, under whichever key it was written', async () => {
  const [first] = await rowsOf();
  const { a, b } = first as { a: string; b: string };
  const context = contextOf(a, b);
  let writes = 0;
  const busy = intercepted(/^UPDATE/, async () => {
    writes += 1;
    if (writes > 3) return;
    // Twice by a process that still has the old ring, then by one with the new.
    const keyRing = ring(writes < 3 ? 'old' : 'new');
    const ciphertext = encryptField(`newer ${writes}`, { keyRing, context });
    await other.query(`UPDATE ${sql.table} SET ${sql.column} = $1 WHERE a = $2 AND "b c" = $3`, [
      ciphertext,
      a,
      b,
    ]);
  });
  const [report] = await rotateFields({ db: busy, keyRing: now, columns: [column] });
  expect(report).toMatchObject({ kept: [], isComplete: true });
  expect(await opened(onlyNew)).toEqual(['newer 3', ...accounts.slice(1)]);
});

test('a row that somebody holds is left to the end, or counted, and does not stop the others', async () => {
  await other.query(`BEGIN; SELECT FROM ${sql.table} WHERE a = '2024-01-01' FOR UPDATE`);
  onTestFinished(() => void other.query('ROLLBACK'));
  const options = { db, keyRing: now, columns: [column], lockBudgetMs: 300 };
  const [report] = await rotateFields(options);
  expect(report).toMatchObject({ rotated: 58, isComplete: false });
  expect(report?.kept).toEqual([
    { reason: 'changed or held by others meanwhile; run again', count: 2 },
  ]);
  await other.query('ROLLBACK');
  expect(await rotateFields(options)).toMatchObject([{ rotated: 2, isComplete: true }]);
});

test('what cannot be opened stays, is counted and named by its key, and never by its value', async () => {
  await db.query(`UPDATE ${sql.table} AS x SET ${sql.column} = y.${sql.column} FROM ${sql.table} AS y
    WHERE x.a = '2024-01-01' AND y.a = x.a AND x."b c" <> y."b c"`);
  await db.query(
    `UPDATE ${sql.table} SET ${sql.column} = 'enc1:gone:' || substr(${sql.column}, 10) WHERE a = '2024-01-02'`,
  );
  await db.query(
    `UPDATE ${sql.table} SET ${sql.column} = 'enc1:old:cut' WHERE a = '2024-01-03' AND "b c"`,
  );
  await db.query(
    `UPDATE ${sql.table} SET ${sql.column} = 'in the clear' WHERE a = '2024-01-03' AND NOT "b c"`,
  );
  const rejected: RejectedField[] = [];
  const [report] = await rotateFields({
    db,
    keyRing: now,
    columns: [column],
    onRejected: (each) => rejected.push(each),
  });
  expect(report).toMatchInlineSnapshot(`
    {
      "column": "Ci"pher %s",
      "isComplete": false,
      "kept": [
        {
          "count": 2,
          "reason": "altered, or bound to another row or column; see rebindField",
        },
        {
          "count": 1,
          "reason": "begins like a ciphertext and is none",
        },
        {
          "count": 2,
          "reason": "under a key that the ring does not hold",
        },
      ],
      "keys": [
        {
          "keyId": "gone",
          "rows": 2,
        },
        {
          "keyId": "new",
          "rows": 54,
        },
        {
          "keyId": "old",
          "rows": 2,
        },
        {
          "keyId": "older",
          "rows": 1,
        },
        {
          "keyId": null,
          "rows": 1,
        },
      ],
      "rotated": 54,
      "table": {
        "name": "st'aff "x"",
        "schema": "public",
      },
    }
  `);
  expect(rejected).toHaveLength(5);
  expect(rejected[0]).toMatchObject({ table, column: nasty, key: { a: '2024-01-01' } });
  expect(JSON.stringify(rejected)).not.toContain('enc1');
});

test('killed at any batch and run again ends with every value, once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rotate-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const keyFile = join(directory, 'keys.json');
  await createKeyFile(keyFile);
  const former = await readKeyFile(keyFile);
  const rows = (await rowsOf()).map(({ a, b }) => {
    const field = { keyRing: former, context: contextOf(a, b) };
    return { a, b, ciphertext: encryptField(`of ${a} ${b}`, field) };
  });
  await db.query(
    `UPDATE ${sql.table} AS t SET ${sql.column} = v.ciphertext FROM unnest($1::date[], $2::boolean[], $3::text[]) AS v(a, b, ciphertext)
     WHERE t.a = v.a AND t."b c" = v.b`,
    [rows.map(({ a }) => a), rows.map(({ b }) => b), rows.map(({ ciphertext }) => ciphertext)],
  );
  const id = await addKey(keyFile);
  const counts: number[] = [];
  for (const killAt of [2, 4, Number.POSITIVE_INFINITY]) {
    const child = fork(
      fileURLToPath(new URL('../../test/rotate-process.ts', import.meta.url)),
      [database.url, keyFile, JSON.stringify([column])],
      { execArgv: ['--conditions=@tothub/source', '--disable-warning=ExperimentalWarning'] },
    );
    let messages = 0;
    child.on('message', () => {
      messages += 1;
      if (messages === killAt) child.kill('SIGKILL');
    });
    const signal = await new Promise((resolve) => {
      child.on('exit', (_, by) => resolve(by));
    });
    expect(signal).toBe(Number.isFinite(killAt) ? 'SIGKILL' : null);
    const rotated = (await rowsOf()).filter(({ ciphertext }) => ciphertext.includes(`:${id}:`));
    counts.push(rotated.length);
  }
  expect(counts[0]).toBeGreaterThanOrEqual(14);
  expect(counts[0]).toBeLessThan(60);
  expect(counts[2]).toBe(60);
  const keyRing = await readKeyFile(keyFile);
  expect(await opened(keyRing)).toEqual((await rowsOf()).map(({ a, b }) => `of ${a} ${b}`));
});

test('two runs at once end as one would', async () => {
  const reports = await Promise.all(
    [db, other].map((client) =>
      rotateFields({ db: client, keyRing: now, columns: [column], batchSize: 5 }),
    ),
  );
  const rotated = reports.map(([report]) => report?.rotated ?? 0);
  expect(rotated.reduce((sum, count) => sum + count)).toBe(60);
  expect(await opened(onlyNew)).toEqual(accounts);
});

test('stops between two batches when asked, and tells how far it is', async () => {
  const controller = new AbortController();
  const told: unknown[] = [];
  const run = rotateFields({
    db,
    keyRing: now,
    columns: [column],
    batchSize: 20,
    signal: controller.signal,
    onProgress: (progress) => {
      told.push(progress);
      controller.abort();
    },
  });
  await expect(run).rejects.toThrow(/stopped between two batches\. Run it again/);
  expect(told).toEqual([
    { phase: 'rotate', what: `public.${table.name}.${nasty}`, examined: 20, written: 20 },
  ]);
  const left = (await rowsOf()).filter(({ ciphertext }) => !ciphertext.startsWith('enc1:new:'));
  expect(left).toHaveLength(40);
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
    CREATE TABLE data_quarantine (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, schema_name text, table_name text,
      row_key jsonb, column_name text, old_value text, encrypted boolean NOT NULL DEFAULT false, reason text, source text,
      UNIQUE (schema_name, table_name, row_key, column_name, source));
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

test('a column that is too short for the new ids, or no text, is refused before anything is changed', async () => {
  const length = (await rowsOf())[0]?.ciphertext.length ?? 0;
  await db.query(`ALTER TABLE ${sql.table} ALTER COLUMN ${sql.column} TYPE varchar(${length + 4})`);
  const long = 'x'.repeat(32);
  all.set(long, randomBytes(32));
  const run = rotateFields({ db, keyRing: ring(long, [...all.keys()]), columns: [column] });
  await expect(run).rejects.toThrow(/need \d+ with the key id "x+"\. Give it the type text/);
  all.delete(long);
  await db.query('CREATE TABLE numbers (id int PRIMARY KEY, n int)');
  const numbers = [{ table: { schema: 'public', name: 'numbers' }, column: 'n' }];
  await expect(rotateFields({ db, keyRing: now, columns: numbers })).rejects.toThrow(/is no text/);
  expect(await opened(ring('new'))).toEqual(accounts);
});

test('a refusal by PostgreSQL tells no value', async () => {
  await db.query(
    `ALTER TABLE ${sql.table} ADD CONSTRAINT no_new CHECK (${sql.column} NOT LIKE 'enc1:new%')`,
  );
  const error = await rotateFields({ db, keyRing: now, columns: [column] }).catch(
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('enc1:');
  expect(error).toMatchObject({ code: 'TOTHUB_SECURITY_STATEMENT', sqlState: '23514' });
});

test('a pool is refused', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  onTestFinished(() => pool.end());
  await expect(rotateFields({ db: pool, keyRing: now, columns: [column] })).rejects.toThrow(
    /needs one session/,
  );
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
