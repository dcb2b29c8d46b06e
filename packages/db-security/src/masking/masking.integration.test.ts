/** Masking views against a real server: what each mask shows, who may see it, what an analyst can try. */
import { inspect } from 'node:util';
import { quoteIdent } from '@tothub/db-catalog';
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createMaskingViews } from './create-masking-views.ts';
import { dropMaskingViews } from './drop-masking-views.ts';
import type { Mask, MaskedTable } from './mask.ts';
import { maskingStatus } from './masking-status.ts';
import { planViews } from './plan-views.ts';

const schema = 'masked';
const analyst = 'masking analyst "a"';
const outsider = 'masking outsider';
const inPublic = (name: string) => ({ schema: 'public', name });
const staff: MaskedTable = {
  table: inPublic('staff'),
  columns: {
    id: 'pass',
    name: 'initials',
    email: 'email-domain',
    account: { last: 4 },
    born: 'year',
    pay: { band: 500 },
  },
  unnamed: 'omit',
};

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
/** A session of the analyst's. */
let reader: pg.Client;
const options = () => ({ db, schema, tables: [staff], grantTo: [analyst] });

beforeAll(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  reader = new pg.Client(database.url);
  await Promise.all([db.connect(), reader.connect()]);
  for (const role of [analyst, outsider]) await db.query(`CREATE ROLE ${quoteIdent(role)}`);
});

afterAll(async () => {
  await Promise.all([reader.end(), db.query('RESET ALL')]);
  for (const role of [analyst, outsider]) {
    await db.query(`DROP OWNED BY ${quoteIdent(role)}; DROP ROLE ${quoteIdent(role)}`);
  }
  await db.end();
  await database.drop();
});

beforeEach(async () => {
  await reader.query('RESET ROLE; RESET search_path');
  await db.query(`DROP SCHEMA IF EXISTS masked, evil CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    GRANT USAGE ON SCHEMA public TO PUBLIC;
    CREATE TABLE staff (id int PRIMARY KEY, name text, email text, account text, born date, pay numeric, ssn text, site text);
    INSERT INTO staff VALUES
      (1, 'Ada  M. Love', 'Ada@Mail.Example.ORG', 'DE89370400440532', '1980-05-06', 3210.50, '111-22-3333', 'north'),
      (2, 'ölaf', 'none', '1234567', 'infinity', NULL, '444-55-6666', 'south'),
      (3, NULL, NULL, NULL, NULL, -1, NULL, 'north')`);
  await reader.query(`SET ROLE ${quoteIdent(analyst)}`);
});

const read = async (sql: string) => (await reader.query(sql)).rows;

describe('a masking view', () => {
  test('shows what each mask says, and of the columns that are not named nothing', async () => {
    const { changed, status } = await createMaskingViews(options());
    expect(changed).toEqual([{ schema, name: 'staff' }]);
    expect(status).toEqual({
      views: [{ schema, name: 'staff', table: staff.table, problems: [], addedColumns: [] }],
      others: [],
      bypasses: [],
      ok: true,
    });
    expect(await read('SELECT * FROM masked.staff ORDER BY id')).toEqual([
      {
        id: 1,
        name: 'AML',
        email: 'mail.example.org',
        account: '***0532',
        born: 1980,
        pay: '3000',
      },
      { id: 2, name: 'Ö', email: null, account: '***', born: null, pay: null },
      { id: 3, name: null, email: null, account: null, born: null, pay: '-500' },
    ]);
    await expect(read('SELECT ssn FROM masked.staff')).rejects.toThrow(/does not exist/);
    await expect(read('SELECT * FROM staff')).rejects.toThrow(/permission denied/);
  });

  test('is made by one statement, with every name qualified', async () => {
    const sent: string[] = [];
    const columns: MaskedTable['columns'] = { id: 'pass', account: { last: 4 }, ssn: 'hash' };
    const tables = [{ ...staff, columns, when: { column: 'site', equals: "o'n" } }];
    await createMaskingViews({
      ...options(),
      tables,
      db: {
        query(text: string, values?: unknown[]) {
          sent.push(text);
          return db.query(text, values);
        },
      },
    });
    expect(sent.filter((text) => !/^\s*(?:SELECT|WITH)/.test(text))).toHaveLength(1);
    const { views } = await planViews({ ...options(), tables });
    expect(views[0]?.sql).toMatchInlineSnapshot(`
      "SELECT
        t.id AS id,
        CASE WHEN pg_catalog.char_length((CAST(t.account AS pg_catalog.text) COLLATE pg_catalog."default")) OPERATOR(pg_catalog.>=) 8
          THEN '***' OPERATOR(pg_catalog.||) pg_catalog."right"((CAST(t.account AS pg_catalog.text) COLLATE pg_catalog."default"), 4) WHEN t.account IS NOT NULL THEN '***' END AS account,
        pg_catalog.encode(pg_catalog.sha256((SELECT s.salt FROM masked.masking_salt AS s) OPERATOR(pg_catalog.||) pg_catalog.convert_to((CAST(t.ssn AS pg_catalog.text) COLLATE pg_catalog."default"), 'UTF8')), 'hex') AS ssn
      FROM public.staff AS t
      WHERE (CAST(t.site AS pg_catalog.text) COLLATE pg_catalog."default") OPERATOR(pg_catalog.=) 'o''n'"
    `);
  });

  test('shows nothing of short texts, and at most half of any', async () => {
    await db.query(
      `CREATE TABLE texts (t text); INSERT INTO texts VALUES (''), ('1234'), ('1234567'), ('12345678'), ('1234567890'), (NULL)`,
    );
    const masks: Mask[] = [{ last: 4 }, { first: 4 }];
    const shown = [];
    for (const mask of masks) {
      const tables: MaskedTable[] = [
        { table: inPublic('texts'), columns: { t: mask }, unnamed: 'omit' },
      ];
      await createMaskingViews({ ...options(), tables });
      shown.push((await read('SELECT t FROM masked.texts')).map(({ t }) => t));
    }
    expect(shown).toEqual([
      ['***', '***', '***', '***5678', '***7890', null],
      ['***', '***', '***', '1234***', '1234***', null],
    ]);
  });

  test('keeps the named keys of jsonb, and nothing of what is no object', async () => {
    await db.query(`CREATE TABLE devices (config jsonb);
      INSERT INTO devices VALUES ('{"port": 1, "it''s": [2], "api_key": "k"}'), ('["k"]'), ('"k"'), ('{}'), (NULL)`);
    const table = inPublic('devices');
    const columns = { config: { keepKeys: ['port', "it's"] } };
    await createMaskingViews({ ...options(), tables: [{ table, columns, unnamed: 'omit' }] });
    expect((await read('SELECT config FROM masked.devices')).map(({ config }) => config)).toEqual([
      { port: 1, "it's": [2] },
      null,
      null,
      {},
      null,
    ]);
  });

  test('fits every type, and fails for no value', async () => {
    await db.query(
      `
      CREATE DOMAIN ground AS varchar(20) NOT NULL; CREATE DOMAIN "D 1" AS ground CHECK (VALUE <> '');
      CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TYPE pair AS (a int, b text);
      CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE many (d "D 1", m mood, p pair, a int[], c char(9), t text COLLATE ci, n smallint, f float8,
        x numeric, z timestamptz, s timestamp, e text, j json, b bytea, u uuid, k "char", y money)`,
    );
    await db.query(`INSERT INTO many VALUES
      ('deep', 'a', '(1,x)', '{1}', 'ab cd', 'Mixed Case', -32768, 'Infinity', 'NaN', 'infinity', '-infinity', '2001-02-03T00:00', '{"a":"\\u0000"}', '\\x00ff', gen_random_uuid(), 'x', 1),
      ('deeper', NULL, NULL, NULL, NULL, NULL, 32767, '-0', 1e100, '0044-03-15 BC', '0001-01-01', 'no date', NULL, NULL, NULL, NULL, NULL)`);
    const columns: MaskedTable['columns'] = {
      d: 'null',
      m: { constant: 'b' },
      p: 'null',
      a: 'null',
      c: { first: 1 },
      t: 'initials',
      n: { band: 1000 },
      f: { band: 0.5 },
      x: { band: 1e30 },
      z: 'year',
      s: 'year',
      e: 'year',
      j: 'null',
      b: 'hash',
      u: 'hash',
      k: 'null',
      y: { constant: '0' },
    };
    await createMaskingViews({
      ...options(),
      tables: [{ table: inPublic('many'), columns, unnamed: 'pass' }],
    });
    const rows = await read('SELECT * FROM masked.many');
    expect(
      rows.map(({ b, u, ...rest }) => ({
        ...rest,
        hashed: [b, u].map((digest) => digest?.length),
      })),
    ).toMatchInlineSnapshot(`
      [
        {
          "a": null,
          "c": "a***",
          "d": null,
          "e": 2001,
          "f": "Infinity",
          "hashed": [
            64,
            64,
          ],
          "j": null,
          "k": null,
          "m": "b",
          "n": "-33000",
          "p": null,
          "s": null,
          "t": "MC",
          "x": "NaN",
          "y": "$0.00",
          "z": null,
        },
        {
          "a": null,
          "c": null,
          "d": null,
          "e": null,
          "f": "0.0",
          "hashed": [
            undefined,
            undefined,
          ],
          "j": null,
          "k": null,
          "m": "b",
          "n": "32000",
          "p": null,
          "s": 1,
          "t": null,
          "x": "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
          "y": "$0.00",
          "z": -44,
        },
      ]
    `);
  });

  test('gives equal digests for equal values in all its views, that nobody can compute without the salt', async () => {
    await db.query(
      `CREATE TABLE visits (id int, ssn varchar(20)); INSERT INTO visits VALUES (7, '111-22-3333')`,
    );
    const tables: MaskedTable[] = [
      { ...staff, columns: { id: 'pass', ssn: 'hash' } },
      { table: inPublic('visits'), columns: { id: 'pass', ssn: 'hash' }, unnamed: 'omit' },
    ];
    await createMaskingViews({ ...options(), tables });
    const joined =
      'SELECT s.id, v.id AS visit, s.ssn FROM masked.staff AS s JOIN masked.visits AS v USING (ssn)';
    const [row] = await read(joined);
    expect(row).toMatchObject({ id: 1, visit: 7, ssn: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const { rows } = await db.query(
      "SELECT encode(sha256('111-22-3333'), 'hex') AS plain, (SELECT salt FROM masked.masking_salt)::text AS salt",
    );
    expect(row.ssn).not.toBe(rows[0].plain);
    await expect(read('SELECT salt FROM masked.masking_salt')).rejects.toThrow(/permission denied/);
    // The salt stays when views go and come.
    await dropMaskingViews({ db, schema });
    await createMaskingViews({ ...options(), tables });
    expect(await read(joined)).toEqual([row]);
  });

  test('takes any names', async () => {
    const names = [
      'it\'s a "view".\n%s %I %L',
      '"',
      '🐘'.repeat(15),
      'select',
      '\\ \\n STORED ',
      '__proto__',
    ];
    for (const name of names) {
      const sql = quoteIdent(name);
      await db.query(`DROP SCHEMA IF EXISTS ${sql} CASCADE; CREATE SCHEMA ${sql};
        CREATE TABLE ${sql}.${sql} (${sql} text, "other" text); INSERT INTO ${sql}.${sql} VALUES ('Ada Love', 'x')`);
      onTestFinished(async () => void (await db.query(`DROP SCHEMA IF EXISTS ${sql} CASCADE`)));
      const views = `${name.slice(0, 20)} m`;
      onTestFinished(
        async () => void (await db.query(`DROP SCHEMA IF EXISTS ${quoteIdent(views)} CASCADE`)),
      );
      const columns = Object.fromEntries([[name, 'initials' as const]]);
      const tables: MaskedTable[] = [
        {
          table: { schema: name, name },
          columns,
          unnamed: 'omit',
          when: { column: 'other', equals: 'x' },
        },
      ];
      const made = { db, schema: views, tables, grantTo: [analyst] };
      expect((await createMaskingViews(made)).status).toMatchObject({ ok: true });
      expect((await createMaskingViews(made)).changed).toEqual([]);
      expect(Object.values((await read(`SELECT * FROM ${quoteIdent(views)}.${sql}`))[0])).toEqual([
        'AL',
      ]);
    }
  });
});

describe('an analyst', () => {
  beforeEach(async () => {
    await db.query(
      'CREATE SCHEMA evil; GRANT ALL ON SCHEMA evil TO PUBLIC; CREATE TABLE evil.seen (what text); GRANT ALL ON evil.seen TO PUBLIC',
    );
  });

  test('sees neither a hidden row nor a hidden value with a leaky function or operator', async () => {
    const columns: MaskedTable['columns'] = { id: 'pass', name: 'pass', account: { last: 4 } };
    const tables = [{ ...staff, columns, when: { column: 'site', equals: 'north' } }];
    await createMaskingViews({ ...options(), tables });
    await reader.query(`
      CREATE FUNCTION evil.leak(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS
        'BEGIN INSERT INTO evil.seen VALUES ($1); RETURN true; END';
      CREATE FUNCTION evil.leak(text, text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS
        'BEGIN INSERT INTO evil.seen VALUES ($1); RETURN true; END';
      CREATE OPERATOR evil.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.leak)`);
    await read('SELECT id FROM masked.staff WHERE evil.leak(name) AND evil.leak(account)');
    await read(
      `SELECT id FROM masked.staff WHERE name OPERATOR(evil.<<<) '' AND account OPERATOR(evil.<<<) ''`,
    );
    await read('SELECT count(*) FROM masked.staff AS s WHERE evil.leak(s::text)');
    const { rows } = await db.query(
      'SELECT what FROM (SELECT DISTINCT what FROM evil.seen) AS s ORDER BY what COLLATE "C"',
    );
    expect(rows.map(({ what }) => what)).toEqual([
      '(1,"Ada  M. Love",***0532)',
      '(3,,)',
      '***0532',
      'Ada  M. Love',
      null,
    ]);
    // The same function sees the hidden row through a view that is no barrier: the test can fail.
    await db.query(`TRUNCATE evil.seen; ALTER VIEW masked.staff SET (security_barrier = false)`);
    await read('SELECT id FROM masked.staff WHERE evil.leak(name)');
    expect((await db.query("SELECT FROM evil.seen WHERE what = 'ölaf'")).rows).toHaveLength(1);
  });

  test('copies out what the view shows, and nothing else', async () => {
    await createMaskingViews(options());
    const copied: string[] = [];
    const { connection } = reader as unknown as { connection: NodeJS.EventEmitter };
    const collect = ({ chunk }: { chunk: Buffer }) => copied.push(chunk.toString());
    connection.on('copyData', collect);
    onTestFinished(() => void connection.off('copyData', collect));
    await reader.query('COPY (SELECT * FROM masked.staff ORDER BY id) TO STDOUT');
    expect(copied[0]).toBe('1\tAML\tmail.example.org\t***0532\t1980\t3000\n');
    await expect(reader.query('COPY public.staff TO STDOUT')).rejects.toThrow(/permission denied/);
    await expect(reader.query('COPY (SELECT ssn FROM public.staff) TO STDOUT')).rejects.toThrow(
      /permission denied/,
    );
  });

  test('writes nothing through it, takes no rights from default privileges, and makes nothing beside it', async () => {
    await db.query(
      `CREATE SCHEMA masked; ALTER DEFAULT PRIVILEGES IN SCHEMA masked GRANT ALL ON TABLES TO ${quoteIdent(outsider)} WITH GRANT OPTION`,
    );
    await db.query('ALTER DEFAULT PRIVILEGES IN SCHEMA masked GRANT ALL ON TABLES TO PUBLIC');
    await createMaskingViews({
      ...options(),
      tables: [{ ...staff, columns: { id: 'pass', name: 'pass', ssn: 'hash' } }],
    });
    for (const statement of [
      "UPDATE masked.staff SET name = 'x'",
      'DELETE FROM masked.staff',
      'INSERT INTO masked.staff (id) VALUES (9)',
      'SELECT * FROM masked.masking_salt',
      'CREATE TABLE masked.mine (id int)',
    ]) {
      await expect(reader.query(statement), statement).rejects.toThrow(
        /permission denied|no privileges|must be owner/,
      );
    }
    await reader.query(`RESET ROLE; SET ROLE ${quoteIdent(outsider)}`);
    await expect(read('SELECT * FROM masked.staff')).rejects.toThrow(/permission denied/);
  });

  test('cannot take the masks over with a search path of their own, nor with one of the maker', async () => {
    await db.query(`SET search_path = evil, pg_catalog, public;
      CREATE FUNCTION evil.right(text, int) RETURNS text LANGUAGE sql AS 'SELECT $1';
      CREATE FUNCTION evil.char_length(text) RETURNS int LANGUAGE sql AS 'SELECT 99';
      CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
      CREATE FUNCTION evil.join(text, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
      CREATE OPERATOR evil.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.join);
      CREATE FUNCTION evil.always(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE OPERATOR evil.>= (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.always);
      CREATE TABLE evil.staff (LIKE public.staff); CREATE TABLE evil.pg_class (oid oid);
      CREATE DOMAIN evil.text AS pg_catalog.text; CREATE TEMP TABLE pg_namespace (nspname text)`);
    onTestFinished(
      async () => void (await db.query('RESET search_path; DROP TABLE pg_temp.pg_namespace')),
    );
    expect((await createMaskingViews(options())).status.ok).toBe(true);
    expect((await db.query('SHOW search_path')).rows).toEqual([
      { search_path: 'evil, pg_catalog, public' },
    ]);
    await reader.query('SET search_path = evil, pg_catalog');
    const [row] = await read(
      'SELECT account, email FROM masked.staff WHERE id OPERATOR(pg_catalog.=) 1',
    );
    expect(row).toEqual({ account: '***0532', email: 'mail.example.org' });
    const others = new pg.Client(database.url);
    await others.connect();
    onTestFinished(() => others.end());
    expect(await maskingStatus({ ...options(), db: others })).toMatchObject({ ok: true });
  });
});

describe('a second call', () => {
  test('changes nothing and takes no lock where all is right', async () => {
    await createMaskingViews(options());
    await reader.query('BEGIN; SELECT FROM masked.staff');
    onTestFinished(async () => void (await reader.query('ROLLBACK')));
    const result = await createMaskingViews(options());
    expect(result).toMatchObject({
      changed: [],
      unchanged: [{ schema, name: 'staff' }],
      status: { ok: true },
    });
  });

  test('makes the views that are asked for now, with other columns, types and readers', async () => {
    await createMaskingViews({ ...options(), grantTo: [analyst, outsider] });
    const columns: MaskedTable['columns'] = { email: 'hash', born: 'pass' };
    const tables = [{ ...staff, columns }];
    const status = await maskingStatus({ ...options(), tables });
    expect(status.views[0]?.problems).toEqual([
      'does not show what is asked for now',
      '"masking outsider" has SELECT on it',
    ]);
    const dry = await createMaskingViews({ ...options(), tables, dryRun: true });
    expect(dry).toMatchObject({ changed: [{ schema, name: 'staff' }], status: { ok: false } });
    expect(await createMaskingViews({ ...options(), tables })).toMatchObject({
      status: { ok: true },
    });
    expect(Object.keys((await read('SELECT * FROM masked.staff'))[0])).toEqual(['email', 'born']);
    await reader.query(`RESET ROLE; SET ROLE ${quoteIdent(outsider)}`);
    await expect(read('SELECT * FROM masked.staff')).rejects.toThrow(/permission denied/);
  });

  test('and many at once end as one would', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 4 });
    onTestFinished(() => pool.end());
    const tables = [{ ...staff, columns: { ...staff.columns, ssn: 'hash' as const } }];
    await Promise.all(
      Array.from({ length: 6 }, () => createMaskingViews({ ...options(), tables, db: pool })),
    );
    expect(await maskingStatus({ ...options(), tables })).toMatchObject({ ok: true });
    expect((await db.query('SELECT count(*)::int AS n FROM masked.masking_salt')).rows).toEqual([
      { n: 1 },
    ]);
  });

  test('leaves all as it was when one view cannot be made', async () => {
    await createMaskingViews(options());
    await db.query('CREATE VIEW public.mine AS SELECT email FROM masked.staff');
    const tables: MaskedTable[] = [
      { table: inPublic('staff'), view: 'first', columns: { id: 'pass' }, unnamed: 'omit' },
      { ...staff, columns: { id: 'pass' } },
    ];
    await expect(createMaskingViews({ ...options(), tables })).rejects.toThrow(
      /would replace a view that other objects depend on\. Drop those first/,
    );
    await expect(dropMaskingViews({ db, schema })).rejects.toThrow(
      /depend on them\. Drop those first/,
    );
    expect(await read("SELECT to_regclass('masked.first') AS made")).toEqual([{ made: null }]);
    expect(await maskingStatus(options())).toMatchObject({ ok: true });
  });
});

describe('a column that the table gains', () => {
  test('is in no view, is reported, and must be named where unnamed columns pass', async () => {
    const passing: MaskedTable = {
      ...staff,
      view: 'everyone',
      columns: { ssn: 'null' },
      unnamed: 'pass',
    };
    const tables = [staff, passing];
    await createMaskingViews({ ...options(), tables });
    await db.query("ALTER TABLE staff ADD COLUMN diagnosis text DEFAULT 'private'");
    expect(JSON.stringify(await read('SELECT * FROM masked.staff, masked.everyone'))).not.toContain(
      'private',
    );
    const status = await maskingStatus({ ...options(), tables });
    expect(status.views.map(({ addedColumns }) => addedColumns)).toEqual([
      ['diagnosis'],
      ['diagnosis'],
    ]);
    expect(status.ok).toBe(false);
    await expect(createMaskingViews({ ...options(), tables })).rejects.toThrow(
      /has gained diagnosis since its view was made\. Name each with a mask, or with 'pass'/,
    );
    const named = { ...passing, columns: { ssn: 'null', diagnosis: { constant: 'x' } } as const };
    expect(await createMaskingViews({ ...options(), tables: [staff, named] })).toMatchObject({
      status: { ok: true },
    });
    expect(await read('SELECT DISTINCT diagnosis FROM masked.everyone')).toEqual([
      { diagnosis: 'x' },
    ]);
    expect(JSON.stringify(await read('SELECT * FROM masked.staff'))).not.toContain('private');
  });

  test('and one that it renames or drops is refused until the masks say otherwise', async () => {
    await createMaskingViews(options());
    await db.query('ALTER TABLE staff RENAME COLUMN account TO iban');
    await expect(maskingStatus(options())).rejects.toThrow(
      /has no column account to mask\. Correct the masks: it may have been renamed/,
    );
    expect(await read('SELECT account FROM masked.staff WHERE id = 1')).toEqual([
      { account: '***0532' },
    ]);
    await expect(db.query('ALTER TABLE staff ALTER COLUMN iban TYPE varchar(40)')).rejects.toThrow(
      /used by a view/,
    );
    expect(await dropMaskingViews({ db, schema })).toEqual([{ schema, name: 'staff' }]);
    await db.query('ALTER TABLE staff ALTER COLUMN iban TYPE varchar(40)');
    expect(await dropMaskingViews({ db, schema })).toEqual([]);
  });
});

test('the status tells what was altered by hand, what is left over, and who needs no view', async () => {
  await createMaskingViews({ ...options(), tables: [staff, { ...staff, view: 'second' }] });
  await db.query(`ALTER VIEW masked.staff SET (security_barrier = off, security_invoker = on);
    CREATE OR REPLACE VIEW masked.second AS SELECT id, name, email, account, NULL::int AS born, pay FROM staff;
    GRANT UPDATE (id) ON masked.second TO PUBLIC;
    GRANT SELECT (ssn) ON staff TO ${quoteIdent(analyst)}; REVOKE USAGE ON SCHEMA masked FROM ${quoteIdent(analyst)}`);
  expect(await maskingStatus({ ...options(), tables: [staff] })).toMatchInlineSnapshot(`
    {
      "bypasses": [
        ""masking analyst ""a""" can read public.staff itself",
      ],
      "ok": false,
      "others": [
        {
          "name": "second",
          "schema": "masked",
        },
      ],
      "views": [
        {
          "addedColumns": [],
          "name": "staff",
          "problems": [
            "is no security barrier any more",
            "reads with its reader's rights",
            ""masking analyst ""a""" may not read it",
          ],
          "schema": "masked",
          "table": {
            "name": "staff",
            "schema": "public",
          },
        },
      ],
    }
  `);
  const second = { ...staff, view: 'second' };
  const { views } = await maskingStatus({ ...options(), tables: [second] });
  expect(views[0]?.problems).toMatchInlineSnapshot(`
    [
      "was altered since it was made",
      "is no security barrier any more",
      ""masking analyst ""a""" may not read it",
      "PUBLIC has UPDATE on it",
    ]
  `);
  const mended = await createMaskingViews({ ...options(), tables: [staff, second] });
  expect(mended.status).toMatchObject({ views: [{ problems: [] }, { problems: [] }], ok: false });
  await db.query(`REVOKE SELECT (ssn) ON staff FROM ${quoteIdent(analyst)}`);
  expect(await maskingStatus({ ...options(), tables: [staff, second] })).toMatchObject({
    ok: true,
  });
});

describe('nothing is changed when', () => {
  test.each<[string, Partial<MaskedTable>, RegExp]>([
    [
      'a table does not exist',
      { table: inPublic('none') },
      /There is no table public\."none" to mask/,
    ],
    [
      'a column does not exist',
      { columns: { nothing: 'pass' } },
      /has no column "?nothing"? to mask/,
    ],
    [
      'the column of when does not exist',
      { when: { column: 'nothing', equals: '' } },
      /has no column "?nothing"? to mask/,
    ],
    ['no column is left', { columns: {} }, /No column of public\.staff is to be shown/],
    [
      'a mask does not fit',
      { columns: { id: 'initials' } },
      /is for text, and the column id is int4\. Choose another mask/,
    ],
    ['a band has no width', { columns: { pay: { band: 0 } } }, /with a width above 0/],
    [
      'no character is to be shown',
      { columns: { email: { last: 0 } } },
      /with one character at least/,
    ],
    ['no key is kept', { columns: { email: { keepKeys: ['a'] } } }, /is for jsonb/],
  ])('%s', async (_, change, message) => {
    const tables = [
      { ...staff, view: 'good' },
      { ...staff, ...change },
    ];
    await expect(createMaskingViews({ ...options(), tables })).rejects.toThrow(message);
    expect((await db.query("SELECT to_regnamespace('masked') AS made")).rows).toEqual([
      { made: null },
    ]);
  });

  test('a role does not exist, a name is taken, two views have one, a table has row security', async () => {
    await expect(createMaskingViews({ ...options(), grantTo: ['nobody'] })).rejects.toThrow(
      /There is no role nobody\. Create it/,
    );
    await expect(createMaskingViews({ ...options(), tables: [staff, staff] })).rejects.toThrow(
      /Two views are to be named masked\.staff/,
    );
    await expect(createMaskingViews({ ...options(), schema: 'public' })).rejects.toThrow(
      /public\.staff exists and is no masking view/,
    );
    await db.query('CREATE SCHEMA masked; CREATE VIEW masked.staff AS SELECT 1 AS one');
    await expect(createMaskingViews(options())).rejects.toThrow(
      /masked\.staff exists and is no masking view/,
    );
    await db.query('DROP VIEW masked.staff; ALTER TABLE staff ENABLE ROW LEVEL SECURITY');
    await expect(createMaskingViews(options())).rejects.toThrow(
      /has row security, which does not bind the readers/,
    );
    const tables = [{ ...staff, ignoreRowSecurity: true }];
    expect(await createMaskingViews({ ...options(), tables })).toMatchObject({
      status: { ok: true },
    });
  });

  test('PostgreSQL refuses, and no value is told', async () => {
    const tables: MaskedTable[] = [{ ...staff, columns: { pay: { constant: 'not a number' } } }];
    const error = await createMaskingViews({ ...options(), tables }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'TOTHUB_SECURITY_STATEMENT', sqlState: '22P02' });
    expect(inspect(error, { depth: 5 })).not.toContain('not a number');
  });
});
