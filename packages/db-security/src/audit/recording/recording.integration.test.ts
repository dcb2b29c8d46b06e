/** The recording functions: what they write, what an ALTER TABLE does to them, and what they cost a plan. */
import { testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditStatus } from '../audit-status.ts';
import { disableAudit, type EnableAuditOptions, enableAudit } from '../enable-audit.ts';
import { contentHash } from '../history/content-hash.ts';
import { installAudit } from '../install-audit.ts';

const T = { schema: 'app', name: 't' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
let other: pg.Client;
let mark = 0;

beforeAll(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  other = new pg.Client(database.url);
  await Promise.all([db.connect(), other.connect()]);
  await installAudit(db);
});

afterAll(async () => {
  await Promise.all([db.end(), other.end()]);
  await database.drop();
});

beforeEach(async () => {
  await db.query('ROLLBACK; DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; RESET ALL');
});

interface Entry {
  readonly operation: string;
  readonly row_key: readonly string[] | null;
  readonly new_key: readonly string[] | null;
  readonly old_values: Record<string, unknown> | null;
  readonly new_values: Record<string, unknown> | null;
  readonly content_hash: Buffer | null;
  readonly salt: string;
  readonly table_name: string;
  readonly partition_name: string | null;
  readonly actor: string | null;
}

async function audited(definition: string, options: EnableAuditOptions = {}): Promise<void> {
  await db.query(definition);
  await enableAudit(db, T, options);
  await entries();
}

/** What was logged since the last call, without notes. */
async function entries(client: pg.Client = db): Promise<Entry[]> {
  const { rows } = await client.query('SELECT * FROM audit.log WHERE id > $1 ORDER BY id', [mark]);
  mark = Number(rows.at(-1)?.id ?? mark);
  return rows.filter(({ operation }) => !['ENABLE', 'DISABLE', 'RENAME'].includes(operation));
}

const isFast = (entry: Entry | undefined): boolean => entry?.content_hash !== null;

describe('content hashes', () => {
  test('are those of the rows as the output functions print them, under any settings', async () => {
    await audited(`CREATE TYPE app.pair AS (x int, y text); CREATE DOMAIN app.word AS text; CREATE TYPE app.mood AS ENUM ('a b', 'c');
      CREATE TABLE app.t (id int PRIMARY KEY, b bool, c char(4), i inet, q "char", n numeric, f float8, d timestamptz, by bytea,
        iv interval, j json, arr text[], p app.pair, w app.word, m app.mood, r tstzrange, e text, x xml, mo money)`);
    await db.query(
      `SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Tokyo'; SET extra_float_digits = -10; SET bytea_output = 'escape'; SET IntervalStyle = 'sql_standard'`,
    );
    await db.query(`INSERT INTO app.t VALUES (1, true, 'ab', '10.0.0.1', 'x', 1.00, 0.1::float8 + 0.2, '2024-03-04 12:00+00', '\\x00ff', '1 day 02:03:04',
      '{"a":1, "a":2}', '{a,NULL,"b c"}', ROW(NULL, NULL), 'w"', 'a b', '[2024-03-04 00:00+00,)', '', '<a/>', 12.5)`);
    await db.query(`UPDATE app.t SET b = NULL, e = E'tab\\tand, "quote\\\\'`);
    await db.query('DELETE FROM app.t');
    const [inserted, updated, deleted] = await entries();
    const texts = Object.values(deleted?.old_values ?? {}).length;
    expect(texts).toBe(19);
    const columns = [
      'id',
      'b',
      'c',
      'i',
      'q',
      'n',
      'f',
      'd',
      'by',
      'iv',
      'j',
      'arr',
      'p',
      'w',
      'm',
      'r',
      'e',
      'x',
      'mo',
    ];
    const after = deleted?.old_values as Record<string, string | null>;
    const before = { ...after, ...(updated?.old_values as Record<string, string | null>) };
    for (const [entry, row] of [
      [inserted, before],
      [updated, after],
    ] as const) {
      expect(entry?.content_hash?.toString('hex')).toBe(
        contentHash(
          entry?.salt ?? '',
          columns.map((column) => row[column] ?? null),
        ),
      );
    }
    expect(before).toMatchObject({
      b: 't',
      c: 'ab  ',
      i: '10.0.0.1',
      p: '(,)',
      d: '2024-03-04 12:00:00+00',
      iv: 'P1DT2H3M4S',
      by: '\\x00ff',
      mo: '$12.50',
    });
  });

  test('have a salt each', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, v text)');
    await db.query(
      `INSERT INTO app.t SELECT i, 'same' FROM generate_series(1, 100) AS i; UPDATE app.t SET v = 'x'`,
    );
    const logged = await entries();
    expect(new Set(logged.map(({ salt }) => salt)).size).toBe(200);
  });
});

describe('a changed table', () => {
  // Each in a session that has used the function before, so that a plan of it is kept.
  test.each([
    ['a column added', 'ALTER TABLE app.t ADD extra int DEFAULT 7'],
    ['a column dropped', 'ALTER TABLE app.t DROP b'],
    ['a column renamed', 'ALTER TABLE app.t RENAME b TO d'],
    ['another type', 'ALTER TABLE app.t ALTER a TYPE json USING to_json(a)'],
    ['a shorter type', 'ALTER TABLE app.t ALTER b TYPE int USING 1'],
    [
      'another key',
      'ALTER TABLE app.t DROP CONSTRAINT t_pkey; ALTER TABLE app.t ADD PRIMARY KEY (c)',
    ],
  ])('with %s breaks no write, is reported, and mended by enabling', async (_, change) => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b text, c int UNIQUE NOT NULL)');
    const write = async (client: pg.Client, id: number) => {
      await client.query({
        name: 'insert',
        text: 'INSERT INTO app.t (id, c) VALUES ($1, $2)',
        values: [id, id],
      });
      await client.query({
        name: 'update',
        text: 'UPDATE app.t SET c = $2 WHERE id = $1',
        values: [id, -id],
      });
      await client.query({ name: 'delete', text: 'DELETE FROM app.t WHERE id = $1', values: [id] });
    };
    for (const client of [db, other]) for (let id = 1; id < 8; id++) await write(client, id);
    expect((await entries()).every((entry) => entry.operation === 'DELETE' || isFast(entry))).toBe(
      true,
    );
    await db.query(change);
    for (const client of [db, other]) await write(client, 1);
    const slow = await entries();
    expect(slow.map(({ operation }) => operation)).toEqual([
      'INSERT',
      'UPDATE',
      'DELETE',
      'INSERT',
      'UPDATE',
      'DELETE',
    ]);
    expect(slow.some((entry) => entry.content_hash !== null)).toBe(false);
    const { rows } = await db.query(
      `SELECT array_agg(attname::text ORDER BY attname) AS names FROM pg_attribute WHERE attrelid = 'app.t'::regclass AND attnum > 0 AND NOT attisdropped`,
    );
    expect(Object.keys(slow[2]?.old_values ?? {}).sort()).toEqual(pgArray(rows[0].names));
    expect((await auditStatus(db)).tables[0]?.problems).toEqual([
      expect.stringMatching(/columns have changed/),
    ]);
    expect(await enableAudit(db, T)).toEqual({ changed: true });
    for (const client of [db, other]) await write(client, 1);
    expect((await entries()).filter(isFast)).toHaveLength(4);
    expect((await auditStatus(db)).tables[0]?.problems).toEqual([]);
  });

  test('within one transaction too', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)');
    await db.query(
      `BEGIN; INSERT INTO app.t VALUES (1, 'x'); ALTER TABLE app.t DROP a; INSERT INTO app.t VALUES (2); ROLLBACK; INSERT INTO app.t VALUES (3, 'y')`,
    );
    expect((await entries()).map((entry) => [entry.row_key?.[0], isFast(entry)])).toEqual([
      ['3', true],
    ]);
  });

  test('by another session, before a statement of a long transaction', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)');
    await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
    await db.query('ALTER TABLE app.t ADD b text');
    await other.query(
      `INSERT INTO app.t VALUES (1, 'x', 'y'); COMMIT; INSERT INTO app.t VALUES (2, 'x', 'y')`,
    );
    expect((await entries()).map(({ row_key }) => row_key)).toEqual([['1'], ['2']]);
  });

  test('that is renamed is recorded under its old name until the audit is enabled again', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY)');
    await db.query('ALTER TABLE app.t RENAME TO renamed; INSERT INTO app.renamed VALUES (1)');
    expect(await entries()).toMatchObject([{ table_name: 't', content_hash: expect.anything() }]);
    expect((await auditStatus(db)).tables[0]?.problems).toEqual([
      'it is still recorded as app.t; enable the audit again',
    ]);
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY)');
    await expect(enableAudit(db, T)).rejects.toThrow(/still recorded under it/);
    await enableAudit(db, { schema: 'app', name: 'renamed' });
    await enableAudit(db, T);
    const { rows } = await db.query(
      `SELECT table_name, new_values FROM audit.log WHERE operation = 'RENAME' ORDER BY id DESC LIMIT 1`,
    );
    expect(rows).toEqual([{ table_name: 't', new_values: { schema: 'app', name: 'renamed' } }]);
    await db.query('INSERT INTO app.renamed VALUES (2); INSERT INTO app.t VALUES (3)');
    expect((await entries()).map(({ table_name, row_key }) => [table_name, row_key?.[0]])).toEqual([
      ['renamed', '2'],
      ['t', '3'],
    ]);
    expect((await auditStatus(db)).tables.flatMap(({ problems }) => problems)).toEqual([]);
  });
});

describe('a plan', () => {
  test('made for one row does not turn quadratic for many, nor one for many slow for one', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, v int)');
    await db.query(
      `SET plan_cache_mode = force_generic_plan; SET work_mem = '64kB'; INSERT INTO app.t SELECT i, 0 FROM generate_series(1, 16000) AS i`,
    );
    await entries();
    const timed = async (text: string) => {
      const began = performance.now();
      await db.query(text);
      return performance.now() - began;
    };
    for (let id = 1; id < 9; id++) await timed(`UPDATE app.t SET v = 1 WHERE id = ${id}`);
    const some = await timed('UPDATE app.t SET v = 2 WHERE id <= 1000');
    const many = await timed('UPDATE app.t SET v = 3');
    // Sixteen times the rows: 16 times the work, or 256 times with a nested loop.
    expect(many / some).toBeLessThan(64);
    expect(await entries()).toHaveLength(8 + 1000 + 16_000);
    expect(await timed('UPDATE app.t SET v = 4 WHERE id = 1')).toBeLessThan(1_000);
  });

  test('has room for 1,600 columns', async () => {
    const columns = Array.from({ length: 1599 }, (_, i) => `c${i} int2`);
    await audited(`CREATE TABLE app.t (id int PRIMARY KEY, ${columns.join(', ')})`);
    await db.query('INSERT INTO app.t (id, c7) VALUES (1, 1); UPDATE app.t SET c7 = 2, c1598 = 3');
    expect((await entries())[1]).toMatchObject({
      old_values: { c7: '1', c1598: null },
      new_values: { c7: '2', c1598: '3' },
    });
  });
});

describe('options', () => {
  test('ignore leaves no row for a change of these columns alone', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, v text, seen int)', {
      ignore: ['seen'],
    });
    await db.query(
      `INSERT INTO app.t VALUES (1, 'a', 0); UPDATE app.t SET seen = 1; UPDATE app.t SET v = v; UPDATE app.t SET v = 'b', seen = 2`,
    );
    expect((await entries()).slice(1).map(({ old_values }) => old_values)).toEqual([
      { v: 'a', seen: '1' },
    ]);
    await expect(enableAudit(db, T, { ignore: ['none'] })).rejects.toThrow(/named "none"/);
    await expect(enableAudit(db, T, { ignore: ['id'] })).rejects.toThrow(/primary key/);
  });

  test('truncate can be refused, or copy; a policy that hides rows refuses the copy', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, v text)', { truncate: 'refuse' });
    await db.query(`INSERT INTO app.t VALUES (1, 'a')`);
    await expect(db.query('TRUNCATE app.t')).rejects.toThrow(
      /TRUNCATE of an audited table is refused/,
    );
    await enableAudit(db, T, { truncate: 'copy' });
    await db.query('ALTER TABLE app.t ENABLE ROW LEVEL SECURITY');
    await expect(db.query('TRUNCATE app.t')).rejects.toThrow(/cannot read the rows/);
    await db.query('ALTER TABLE app.t DISABLE ROW LEVEL SECURITY');
    await entries();
    await db.query('TRUNCATE app.t');
    expect(await entries()).toMatchObject([
      { operation: 'TRUNCATE', row_key: ['1'], old_values: { id: '1', v: 'a' } },
    ]);
  });

  test('a table without a key keeps its rows whole', async () => {
    await audited('CREATE TABLE app.t (a int, b text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x'); UPDATE app.t SET b = 'y'`);
    expect(await entries()).toMatchObject([
      { row_key: null, new_values: { a: '1', b: 'x' } },
      { row_key: null, old_values: { a: '1', b: 'x' }, new_values: { b: 'y' } },
    ]);
  });
});

describe('large values', () => {
  test('are told from others in the same statement, and leave no hash', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, v text, j jsonb)');
    await db.query(
      `INSERT INTO app.t SELECT i, CASE i WHEN 2 THEN repeat('x', 200000) ELSE 'small' END, CASE i WHEN 3 THEN to_jsonb(repeat('y', 60000)) END FROM generate_series(1, 3) AS i`,
    );
    await db.query(`UPDATE app.t SET v = v || 'z'`);
    await db.query('DELETE FROM app.t');
    const logged = await entries();
    const of = (operation: string, id: string) =>
      logged.find((entry) => entry.operation === operation && entry.row_key?.[0] === id);
    expect(logged).toHaveLength(9);
    expect(of('UPDATE', '1')).toMatchObject({
      old_values: { v: 'small' },
      content_hash: expect.anything(),
    });
    expect(of('INSERT', '2')).toMatchObject({
      new_values: { v: { bytes: 200000 }, id: '2' },
      content_hash: null,
    });
    expect(of('UPDATE', '2')).toMatchObject({
      old_values: { v: { bytes: 200000 } },
      new_values: { v: { bytes: 200001 } },
    });
    expect(of('DELETE', '3')?.old_values).toMatchObject({
      v: 'smallz',
      j: expect.stringMatching(/^"y{60000}"$/),
    });
  });
});

describe('a partitioned table', () => {
  test('keeps the values of a row that a trigger of the new partition swallows', async () => {
    await db.query(`CREATE TABLE app.t (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
      CREATE TABLE app.low PARTITION OF app.t FOR VALUES FROM (0) TO (100); CREATE TABLE app.high PARTITION OF app.t FOR VALUES FROM (100) TO (200);
      CREATE FUNCTION app.swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER swallow BEFORE INSERT ON app.high FOR EACH ROW EXECUTE FUNCTION app.swallow();
      INSERT INTO app.t VALUES (1, 'a'), (2, 'b')`);
    await enableAudit(db, T);
    await entries();
    await db.query('UPDATE app.t SET id = id + 100 WHERE id = 1; UPDATE app.t SET id = id + 100');
    expect(await entries()).toMatchObject([
      { row_key: ['1'], old_values: { id: '1', v: 'a' } },
      { row_key: ['2'], old_values: { id: '2', v: 'b' } },
    ]);
  });

  test('is recorded through parent and partition, whatever the order of columns, and by one function', async () => {
    await db.query(`CREATE TABLE app.t (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
      CREATE TABLE app.low PARTITION OF app.t FOR VALUES FROM (0) TO (100); CREATE TABLE app.high (v text, gone int, id int NOT NULL);
      ALTER TABLE app.high DROP gone; ALTER TABLE app.t ATTACH PARTITION app.high FOR VALUES FROM (100) TO (200)`);
    await enableAudit(db, T);
    await entries();
    await db.query(
      `INSERT INTO app.t VALUES (1, 'a'); INSERT INTO app.high (id, v) VALUES (101, 'b'); UPDATE app.t SET id = id + 99 WHERE id = 1; COPY app.high TO '/dev/null'`,
    );
    expect(await entries()).toMatchObject([
      {
        operation: 'INSERT',
        row_key: ['1'],
        partition_name: null,
        content_hash: expect.anything(),
      },
      {
        operation: 'INSERT',
        row_key: ['101'],
        partition_name: 'app.high',
        table_name: 't',
        content_hash: expect.anything(),
      },
      { operation: 'UPDATE', row_key: ['1'], new_key: ['100'], partition_name: null },
    ]);
    expect((await auditStatus(db)).tables.map(({ name, problems }) => [name, problems])).toEqual([
      ['high', []],
      ['low', []],
      ['t', []],
    ]);
    await db.query('ALTER TABLE app.t DETACH PARTITION app.high');
    expect((await auditStatus(db)).tables[0]?.problems).toEqual([
      'it was a partition, and is still recorded as one; enable the audit again',
    ]);
    await disableAudit(db, T);
    await disableAudit(db, { schema: 'app', name: 'high' });
    const { rows } = await db.query(
      `SELECT count(*)::int AS n FROM pg_proc WHERE pronamespace = 'audit'::regnamespace AND prorettype = 'trigger'::regtype AND proname LIKE 'record%'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
});

test(`works the same on PostgreSQL ${testCluster().major}`, async () => {
  await audited(
    'CREATE TABLE app.t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n numeric, f float8)',
  );
  await db.query(
    `INSERT INTO app.t (n, f) VALUES (1.0, 0); UPDATE app.t SET n = 1.00, f = '-0'; UPDATE app.t SET n = 'NaN', f = 'Infinity'`,
  );
  expect(
    (await entries()).slice(1).map(({ old_values, new_values }) => [old_values, new_values]),
  ).toEqual([
    [
      { n: '1.0', f: '0' },
      { n: '1.00', f: '-0' },
    ],
    [
      { n: '1.00', f: '-0' },
      { n: 'NaN', f: 'Infinity' },
    ],
  ]);
});

const pgArray = (value: unknown): unknown => (Array.isArray(value) ? [...value].sort() : value);
