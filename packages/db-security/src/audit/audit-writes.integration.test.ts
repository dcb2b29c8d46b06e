/** Every way in which PostgreSQL changes rows leaves exact rows in the log, whatever the client's settings. */
import { testCluster } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { db, useDatabase } from '../../test/own-database.ts';
import { enableAudit } from './enable-audit.ts';
import { installAudit } from './install-audit.ts';

let mark = 0;

useDatabase();

beforeAll(async () => {
  await installAudit(db);
});

beforeEach(async () => {
  await db.query('DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; RESET ALL');
  mark = (await db.query('SELECT coalesce(max(id), 0)::int AS id FROM audit.log')).rows[0].id;
});

interface Entry {
  readonly operation: string;
  readonly table_name: string;
  readonly partition_name: string | null;
  readonly row_key: readonly string[] | null;
  readonly old_values: Record<string, unknown> | null;
  readonly new_values: Record<string, unknown> | null;
}

async function entries(): Promise<Entry[]> {
  const { rows } = await db.query(
    "SELECT * FROM audit.log WHERE id > $1 AND operation NOT IN ('ENABLE', 'DISABLE') ORDER BY id",
    [mark],
  );
  return rows;
}

/** Creates a table, audits it and forgets what was logged so far. */
async function audited(definition: string, name = 't'): Promise<void> {
  await db.query(definition);
  await enableAudit(db, { schema: 'app', name }, { mode: 'full' });
  mark = (await db.query('SELECT coalesce(max(id), 0)::int AS id FROM audit.log')).rows[0].id;
}

describe('pairing', () => {
  test('is right when primary keys rotate, shift and swap, for 5,000 rows with little memory', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY DEFERRABLE, v text)');
    await db.query(`SET work_mem = '64kB'`);
    await db.query(`INSERT INTO app.t SELECT i, 'row ' || i FROM generate_series(1, 5000) AS i`);
    await db.query('UPDATE app.t SET id = id % 5000 + 1');
    const { rows } = await db.query(
      `SELECT count(*)::int AS pairs,
              count(*) FILTER (WHERE (new_values ->> 'id')::int = (old_values ->> 'id')::int % 5000 + 1)::int AS fit
       FROM audit.log WHERE id > $1 AND operation = 'UPDATE'`,
      [mark],
    );
    expect(rows).toEqual([{ pairs: 5000, fit: 5000 }]);
  });
});

describe('statements', () => {
  test('ON CONFLICT, MERGE, COPY-like inserts, CTEs and cascades are all logged', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, v text)');
    await audited(
      'CREATE TABLE app.child (id int PRIMARY KEY, t int REFERENCES app.t ON DELETE CASCADE ON UPDATE CASCADE)',
      'child',
    );
    await db.query(`INSERT INTO app.t VALUES (1, 'a'), (2, 'b')`);
    await db.query(
      `INSERT INTO app.t VALUES (1, 'c'), (3, 'd') ON CONFLICT (id) DO UPDATE SET v = excluded.v`,
    );
    await db.query(`MERGE INTO app.t USING (VALUES (3, NULL), (2, 'x'), (4, 'y')) AS s(id, v) ON t.id = s.id
      WHEN MATCHED AND s.v IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)`);
    await db.query(
      `WITH a AS (UPDATE app.t SET v = 'z' WHERE id = 1 RETURNING id), b AS (INSERT INTO app.t VALUES (5, 'n') RETURNING id) SELECT FROM a, b`,
    );
    await db.query('INSERT INTO app.child VALUES (10, 1)');
    await db.query('UPDATE app.t SET id = 100 WHERE id = 1');
    await db.query('DELETE FROM app.t WHERE id = 100');
    await db.query('TRUNCATE app.t CASCADE');
    const lines = (await entries()).map(
      (each) =>
        `${each.table_name} ${each.operation} ${JSON.stringify(each.row_key)} ${JSON.stringify(each.new_values)}`,
    );
    expect(lines).toMatchInlineSnapshot(`
      [
        "t INSERT ["1"] {"v":"a","id":"1"}",
        "t INSERT ["2"] {"v":"b","id":"2"}",
        "t UPDATE ["1"] {"v":"c"}",
        "t INSERT ["3"] {"v":"d","id":"3"}",
        "t DELETE ["3"] null",
        "t UPDATE ["2"] {"v":"x"}",
        "t INSERT ["4"] {"v":"y","id":"4"}",
        "t INSERT ["5"] {"v":"n","id":"5"}",
        "t UPDATE ["1"] {"v":"z"}",
        "child INSERT ["10"] {"t":"1","id":"10"}",
        "t UPDATE ["1"] {"id":"100"}",
        "child UPDATE ["10"] {"t":"100"}",
        "t DELETE ["100"] null",
        "child DELETE ["10"] null",
        "t TRUNCATE null null",
        "child TRUNCATE null null",
      ]
    `);
  });

  test('a rolled back savepoint leaves nothing', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY)');
    await db.query(
      'BEGIN; SAVEPOINT s; INSERT INTO app.t VALUES (1); ROLLBACK TO s; INSERT INTO app.t VALUES (2); COMMIT',
    );
    expect((await entries()).map((each) => each.new_values)).toEqual([{ id: '2' }]);
  });

  test('TRUNCATE can copy every row', async () => {
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY, v text)');
    await enableAudit(db, { schema: 'app', name: 't' }, { truncate: 'copy', redact: ['v'] });
    await db.query(`INSERT INTO app.t VALUES (1, 'secret'), (2, 'secret')`);
    await db.query('TRUNCATE app.t');
    const copies = (await entries()).filter((each) => each.operation === 'TRUNCATE');
    expect(copies.map((each) => each.old_values)).toEqual([
      { id: '1', v: { redacted: true } },
      { id: '2', v: { redacted: true } },
    ]);
  });
});

describe('tables', () => {
  test('any name, a composite key, identity and generated columns', async () => {
    const nasty = 'Ta"bl\'e %s $record$ \\ ü';
    const column = `c"o.l'% ${'ä'.repeat(25)}`;
    const virtual = testCluster().major >= 18 ? ', virt int GENERATED ALWAYS AS (1) VIRTUAL' : '';
    const quoted = pg.escapeIdentifier(nasty);
    await audited(
      `CREATE TABLE app.${quoted} (${pg.escapeIdentifier(column)} text, n int GENERATED ALWAYS AS IDENTITY,
        twice int GENERATED ALWAYS AS (2 * 21) STORED ${virtual}, PRIMARY KEY (n, ${pg.escapeIdentifier(column)}))`,
      nasty,
    );
    await db.query(`INSERT INTO app.${quoted} VALUES ('x''y')`);
    await db.query(`UPDATE app.${quoted} SET ${pg.escapeIdentifier(column)} = 'z'`);
    const [inserted, updated] = await entries();
    expect(inserted).toMatchObject({
      table_name: nasty,
      row_key: ['1', "x'y"],
      new_values: { n: '1', [column]: "x'y", twice: '42' },
    });
    expect(updated).toMatchObject({
      old_values: { [column]: "x'y" },
      new_values: { [column]: 'z' },
    });
  });

  test('tables without a key, and with 300 columns', async () => {
    await audited('CREATE TABLE app.t (a int, b text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x'), (1, 'x')`);
    await db.query(`UPDATE app.t SET b = 'y'`);
    expect((await entries()).at(-1)).toMatchObject({
      row_key: null,
      old_values: { b: 'x' },
      new_values: { b: 'y' },
    });
    const columns = Array.from({ length: 300 }, (_, i) => `c${i} int DEFAULT ${i}`);
    await audited(`CREATE TABLE app.wide (${columns.join(', ')})`, 'wide');
    await db.query('INSERT INTO app.wide DEFAULT VALUES');
    expect(Object.keys((await entries())[0]?.new_values ?? {})).toHaveLength(300);
  });

  test('partitions, through the parent, across them, and directly', async () => {
    await db.query(`CREATE TABLE app.t (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
      CREATE TABLE app.low PARTITION OF app.t FOR VALUES FROM (0) TO (100);
      CREATE TABLE app.high (v text, id int NOT NULL);
      ALTER TABLE app.t ATTACH PARTITION app.high FOR VALUES FROM (100) TO (200)`);
    await enableAudit(db, { schema: 'app', name: 't' }, { redact: ['v'], mode: 'full' });
    await db.query(`INSERT INTO app.t VALUES (1, 'a'), (101, 'b')`);
    await db.query('UPDATE app.t SET id = 102 WHERE id = 1');
    await db.query(`UPDATE app.high SET v = 'direct' WHERE id = 101`);
    await db.query('TRUNCATE app.high');
    const lines = (await entries()).map(
      (each) =>
        `${each.table_name} ${each.partition_name} ${each.operation} ${JSON.stringify([each.row_key, each.old_values, each.new_values])}`,
    );
    expect(lines).toMatchInlineSnapshot(`
      [
        "t null INSERT [["1"],null,{"v":{"redacted":true},"id":"1"}]",
        "t null INSERT [["101"],null,{"v":{"redacted":true},"id":"101"}]",
        "t null UPDATE [["1"],{"id":"1"},{"id":"102"}]",
        "t app.high UPDATE [["101"],{"v":{"redacted":true}},{"v":{"redacted":true}}]",
        "t app.high TRUNCATE [null,null,null]",
      ]
    `);
  });

  test('columns that are added, renamed or dropped later break nothing', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b text)');
    await db.query(
      'ALTER TABLE app.t DROP COLUMN a, ADD COLUMN c text; ALTER TABLE app.t RENAME b TO d',
    );
    await db.query(`INSERT INTO app.t (id, c, d) VALUES (1, 'x', 'y')`);
    expect((await entries())[0]?.new_values).toEqual({ id: '1', c: 'x', d: 'y' });
  });
});

describe('values', () => {
  test('are the same whatever the client sets, and exact', async () => {
    await audited(`CREATE TYPE app.pair AS (x int, y text); CREATE DOMAIN app.word AS text;
      CREATE TABLE app.t (id int PRIMARY KEY, d timestamptz, r tstzrange, f float8, n numeric, b bytea, i interval,
        j json, jb jsonb, c char(4), arr text[], p app.pair, w app.word, m money)`);
    await db.query(`INSERT INTO app.t VALUES (1, '2024-03-04 12:00+00', '[2024-03-04 00:00+00,)', 0.1::float8 + 0.2, 1.00, '\\x00ff', '1 day 02:03:04',
      '{"b":1, "a":1, "a":2}', 'null', 'ab', '{a,NULL,"b,c"}', '(,)', 'w', 12.5)`);
    await db.query(`SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Tokyo'; SET extra_float_digits = -10;
      SET bytea_output = 'escape'; SET IntervalStyle = 'sql_standard'`);
    await db.query(
      'INSERT INTO app.t SELECT 2, d, r, f, n, b, i, j, jb, c, arr, p, w, m FROM app.t',
    );
    const [first, second] = (await entries()).map((each) => each.new_values);
    expect({ ...second, id: '1' }).toEqual(first);
    expect(first).toMatchInlineSnapshot(`
      {
        "arr": "{a,NULL,"b,c"}",
        "b": "\\x00ff",
        "c": "ab  ",
        "d": "2024-03-04 12:00:00+00",
        "f": "0.30000000000000004",
        "i": "P1DT2H3M4S",
        "id": "1",
        "j": "{"b":1, "a":1, "a":2}",
        "jb": "null",
        "m": "$12.50",
        "n": "1.00",
        "p": "(,)",
        "r": "["2024-03-04 00:00:00+00",)",
        "w": "w",
      }
    `);
  });

  test('tell JSON null from SQL NULL, 1.0 from 1.00, and 0 from -0', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, j jsonb, n numeric, f float8)');
    await db.query(`INSERT INTO app.t VALUES (1, 'null', 1.0, 0)`);
    await db.query(`UPDATE app.t SET j = NULL, n = 1.00, f = '-0'`);
    expect((await entries())[1]).toMatchObject({
      old_values: { j: 'null', n: '1.0', f: '0' },
      new_values: { j: null, n: '1.00', f: '-0' },
    });
  });

  test('that no jsonb can hold do not stop the write', async () => {
    await audited(
      'CREATE TABLE app.t (id int PRIMARY KEY, j json, b bytea, t text); ALTER TABLE app.t ALTER b SET STORAGE EXTERNAL',
    );
    await db.query(`INSERT INTO app.t (id, j) VALUES (1, '"\\u0000"'), (2, '{"a":"\\u0000"}')`);
    expect((await entries()).map((each) => each.new_values?.j)).toEqual([
      '"\\u0000"',
      '{"a":"\\u0000"}',
    ]);
    await db.query(
      `UPDATE app.t SET b = convert_to(repeat('x', 140000000), 'UTF8'), t = repeat('x', 200000) WHERE id = 1`,
    );
    expect((await entries()).at(-1)?.new_values).toMatchInlineSnapshot(`
      {
        "b": {
          "bytes": 140000000,
          "sha256": "237fbab9e5bad50b6576b4be05312dbf343f792718ab14ec2ab96a823b471171",
        },
        "t": {
          "bytes": 200000,
          "sha256": "91e3faafd322bcdf160f3f0ce886acb092b9b9e2a1e8526b40f21a8898a8700b",
        },
      }
    `);
  });
});
