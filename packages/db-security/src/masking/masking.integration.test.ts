/** What masking views show, and what is refused before any is made. */
import { inspect } from 'node:util';
import { quoteIdent } from '@tothub/db-catalog';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  analyst,
  db,
  inPublic,
  options,
  read,
  schema,
  staff,
  useMaskingDatabase,
} from '../../test/masking-database.ts';
import { createMaskingViews } from './create-masking-views.ts';
import { dropMaskingViews } from './drop-masking-views.ts';
import type { Mask, MaskedTable } from './mask.ts';
import { planViews } from './plan-views.ts';

useMaskingDatabase();

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
          THEN '***' OPERATOR(pg_catalog.||) pg_catalog."right"((CAST(t.account AS pg_catalog.text) COLLATE pg_catalog."default"), 4) WHEN (CAST(t.account AS pg_catalog.text) COLLATE pg_catalog."default") IS NOT NULL THEN '***' END AS account,
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
    [
      'there is no such mask',
      { columns: { ssn: 'hidden' as 'hash' } },
      /There is no mask "hidden" for the column ssn/,
    ],
    [
      'a named column has no mask',
      { columns: { ssn: undefined as unknown as Mask } },
      /There is no mask undefined for the column ssn/,
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
