import { beforeEach, describe, expect, test } from 'vitest';
import { database, db, useDatabase } from '../../../test/own-database.ts';
import { disableAudit, type EnableAuditOptions, enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { type AsOfOptions, asOf } from './as-of.ts';
import type { AsOfRow } from './as-of-row.ts';
import type { AuditMoment } from './audit-moment.ts';

const T = { schema: 'app', name: 't' };

useDatabase();

beforeEach(async () => {
  await db.query('DROP SCHEMA IF EXISTS app, audit CASCADE; CREATE SCHEMA app');
  await installAudit(db);
});

/** The present moment by the server's clock. */
async function now(): Promise<string> {
  const { rows } = await db.query('SELECT clock_timestamp()::text AS at');
  return rows[0].at;
}

async function rowsAt(moment: AuditMoment, options: AsOfOptions = {}): Promise<AsOfRow[]> {
  await using then = await asOf(db, T, moment, options);
  const rows: AsOfRow[] = [];
  for await (const row of then.rows) rows.push(row);
  return rows;
}

async function limitsAt(moment: AuditMoment): Promise<string[]> {
  await using then = await asOf(db, T, moment);
  return then.limits.map(({ message }) => message.replaceAll(/\d{4}-[\dT:.-]+Z/g, '<time>'));
}

async function audited(sql: string, options: EnableAuditOptions = {}): Promise<void> {
  await db.query(sql);
  await enableAudit(db, T, options);
}

describe('asOf', () => {
  test('tells updated, deleted and inserted rows, and proves them', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, ok bool)');
    await db.query(
      `INSERT INTO app.t VALUES (1, 'x', true), (2, NULL, false), (4, 'z, "q"', NULL)`,
    );
    await db.query(`UPDATE app.t SET a = 'y' WHERE id = 1`);
    const then = await now();
    await db.query(
      `UPDATE app.t SET a = 'changed', ok = NULL WHERE id = 1; UPDATE app.t SET ok = true WHERE id = 1`,
    );
    await db.query(`DELETE FROM app.t WHERE id = 2; INSERT INTO app.t VALUES (3, 'new', true)`);
    const rows = await rowsAt(then);
    expect(rows.map(({ values }) => values)).toEqual([
      { id: '1', a: 'y', ok: 't' },
      { id: '2', a: null, ok: 'f' },
      { id: '4', a: 'z, "q"', ok: null },
    ]);
    expect(rows.map(({ isProven, doubts, unknown }) => ({ isProven, doubts, unknown }))).toEqual(
      rows.map(() => ({ isProven: true, doubts: [], unknown: {} })),
    );
    expect(await limitsAt(then)).toEqual([]);
  });

  test('refuses a table that is not there, that nobody audits, and a time before the audit', async () => {
    await expect(asOf(db, T, new Date())).rejects.toThrow(/no table app\.t now/);
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY)');
    const before = await now();
    await expect(asOf(db, T, before)).rejects.toThrow(/knows nothing of app\.t/);
    await enableAudit(db, T);
    await expect(asOf(db, T, before)).rejects.toThrow(/begins at .*, after that moment/);
  });

  test('holds one row only, and ends its transaction, when the rest is not asked for', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY)');
    await db.query('INSERT INTO app.t SELECT generate_series(1, 2000)');
    const then = await asOf(db, T, new Date());
    for await (const row of then.rows) {
      expect(row.key).toEqual(['1']);
      break;
    }
    await db.query('INSERT INTO app.t VALUES (0)'); // A transaction that reads only would refuse.
    {
      await using _ = await asOf(db, T, new Date());
    }
    await db.query('INSERT INTO app.t VALUES (-1)');
  });
});

describe('after the table has changed', () => {
  test('columns that were added, renamed, dropped and retyped', async () => {
    await audited(
      'CREATE TABLE app.t (id int PRIMARY KEY, old_name text, dropped text, n int, same text)',
    );
    await db.query(
      `INSERT INTO app.t VALUES (1, 'a', 'b', 1, 's'), (2, 'c', 'd', 2, 's'), (3, 'e', 'f', 3, 's')`,
    );
    const then = await now();
    await db.query(`ALTER TABLE app.t RENAME old_name TO new_name; ALTER TABLE app.t DROP dropped;
      ALTER TABLE app.t ADD dropped int DEFAULT 7; ALTER TABLE app.t ALTER n TYPE numeric(9,2)`);
    await db.query(`UPDATE app.t SET new_name = 'drift' WHERE id = 1`);
    await enableAudit(db, T);
    await db.query(
      `UPDATE app.t SET new_name = 'later', n = 5 WHERE id = 1; DELETE FROM app.t WHERE id = 2`,
    );
    const rows = await rowsAt(then);
    expect(rows).toMatchObject([
      { key: ['1'], values: { id: '1', new_name: 'a', same: 's', n: '1.00' } },
      { key: ['2'], values: { id: '2', new_name: 'c', same: 's', n: '2.00' } },
      { key: ['3'], values: { id: '3', new_name: 'e', same: 's', n: '3.00' } },
    ]);
    for (const { values, unknown, doubts } of rows) {
      expect(values).not.toHaveProperty('dropped');
      expect(unknown).toEqual({});
      expect(doubts).toEqual([]);
    }
    await using seen = await asOf(db, T, then);
    expect(seen.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id integer',
      'new_name text',
      'n numeric(9,2)',
      'same text',
    ]);
  });

  test('values of a dropped column are told where the log has them', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x', 'y'), (2, 'z', NULL)`);
    const then = await now();
    await db.query(`DELETE FROM app.t WHERE id = 1; ALTER TABLE app.t DROP a`);
    expect((await rowsAt(then)).map(({ values, gone }) => ({ values, gone }))).toEqual([
      { values: { id: '1', b: 'y' }, gone: { a: 'x' } },
      { values: { id: '2', b: null }, gone: {} },
    ]);
  });

  test('two columns that swapped their names keep their values apart', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'of a', 'of b'), (2, 'of a', 'of b')`);
    const then = await now();
    await db.query(`DELETE FROM app.t WHERE id = 2; ALTER TABLE app.t RENAME a TO c; ALTER TABLE app.t RENAME b TO a;
      ALTER TABLE app.t RENAME c TO b`);
    await enableAudit(db, T);
    for (const { values } of await rowsAt(then)) {
      expect(values).toMatchObject({ a: 'of b', b: 'of a' });
    }
  });

  test('its renaming, noticed or not, breaks nothing', async () => {
    await db.query('CREATE SCHEMA IF NOT EXISTS elsewhere');
    await db.query('CREATE TABLE app.before (id int PRIMARY KEY, a text)');
    await enableAudit(db, { schema: 'app', name: 'before' });
    await db.query(`INSERT INTO app.before VALUES (1, 'first')`);
    const first = await now();
    await db.query(`ALTER TABLE app.before RENAME TO middle; UPDATE app.middle SET a = 'second'`);
    const second = await now();
    await enableAudit(db, { schema: 'app', name: 'middle' });
    await db.query(
      `UPDATE app.middle SET a = 'third'; ALTER TABLE app.middle SET SCHEMA elsewhere; ALTER TABLE elsewhere.middle RENAME TO t`,
    );
    const third = await now();
    await db.query(`UPDATE elsewhere.t SET a = 'fourth'`);
    for (const [at, a] of [
      [first, 'first'],
      [second, 'second'],
      [third, 'third'],
    ] as const) {
      await using then = await asOf(db, { schema: 'elsewhere', name: 't' }, at);
      for await (const { values } of then.rows) expect(values.a).toBe(a);
    }
    await db.query('DROP SCHEMA elsewhere CASCADE');
  });

  test('another primary key is refused', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, other int NOT NULL)');
    const then = await now();
    await db.query(
      'ALTER TABLE app.t DROP CONSTRAINT t_pkey; ALTER TABLE app.t ADD PRIMARY KEY (other)',
    );
    await expect(asOf(db, T, then)).rejects.toThrow(/primary key of app\.t has changed/);
  });
});

describe('where the log is silent', () => {
  test('an audit that was off is said, and doubts what may have changed', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)', { redact: ['a'] });
    await db.query(`INSERT INTO app.t VALUES (1, 'x')`);
    const then = await now();
    await disableAudit(db, T);
    await db.query(`UPDATE app.t SET a = 'unseen'`);
    expect((await limitsAt(then)).slice(0, 2)).toEqual([
      'The audit has been off since <time>; changes since then are not known.',
      'INSERT of app.t is not audited now; what it changed is not known.',
    ]);
    await enableAudit(db, T, { redact: ['a'] });
    expect(await limitsAt(then)).toEqual([
      'The audit was off from <time> to <time>; changes of that time are not known.',
    ]);
    const [row] = await rowsAt(then);
    expect(row?.unknown).toEqual({ a: 'audit-off' });
    expect(await limitsAt(await now())).toEqual([]);
  });

  test('a table made anew has nothing to do with the one before', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'kept'), (2, 'deleted')`);
    const then = await now();
    await db.query(`DELETE FROM app.t WHERE id = 2; DROP TABLE app.t`);
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'another'), (3, 'new')`);
    expect(await limitsAt(then)).toEqual([
      expect.stringMatching(/^The table was made anew before <time>/),
    ]);
    const rows = await rowsAt(then);
    expect(rows.find(({ key }) => key?.[0] === '2')?.values).toEqual({ id: '2', a: 'deleted' });
    expect(rows.map(({ values }) => values.a)).not.toContain('another');
    expect(rows.map(({ key }) => key)).not.toContainEqual(['3']);
    expect((await rowsAt(await now())).map(({ key }) => key)).toEqual([['1'], ['3']]);
  });

  test('TRUNCATE by count loses rows, by copy none', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)');
    await db.query(`TRUNCATE app.t; INSERT INTO app.t VALUES (1, 'x'), (2, 'y')`);
    const then = await now();
    await db.query(`UPDATE app.t SET a = 'z' WHERE id = 2; TRUNCATE app.t`);
    expect(await limitsAt(then)).toHaveLength(1);
    expect((await rowsAt(then)).find(({ key }) => key?.[0] === '2')?.values).toEqual({
      id: '2',
      a: 'y',
    });
    await enableAudit(db, T, { truncate: 'copy' });
    await db.query(`INSERT INTO app.t VALUES (1, 'x'), (2, 'y')`);
    const copied = await now();
    await db.query('TRUNCATE app.t');
    expect(await limitsAt(copied)).toEqual([]);
    expect((await rowsAt(copied)).map(({ values }) => values)).toEqual([
      { id: '1', a: 'x' },
      { id: '2', a: 'y' },
    ]);
  });

  test('a change that the log does not have is found', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x', 'y')`);
    const then = await now();
    await db.query(`UPDATE app.t SET a = 'seen'`);
    await db.query(`ALTER TABLE app.t DISABLE TRIGGER audit_update; UPDATE app.t SET a = 'unseen';
      ALTER TABLE app.t ENABLE ALWAYS TRIGGER audit_update`);
    expect(await rowsAt(then)).toMatchObject([{ doubts: ['contradiction'] }]);
  });
});

describe('of every kind of table', () => {
  test('partitions, also written to directly, and moved between', async () => {
    await audited(`CREATE TABLE app.t (id int, region text, a text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
      CREATE TABLE app.north PARTITION OF app.t FOR VALUES IN ('north');
      CREATE TABLE app.south PARTITION OF app.t FOR VALUES IN ('south')`);
    await db.query(`INSERT INTO app.t VALUES (1, 'north', 'x'), (2, 'south', 'y')`);
    await db.query(`INSERT INTO app.north VALUES (3, 'north', 'z')`);
    const then = await now();
    const told = async () =>
      (await rowsAt(then)).map(({ values }) => JSON.stringify(values)).sort();
    const before = await told();
    await db.query(
      `UPDATE app.t SET region = 'south' WHERE id = 1; UPDATE app.north SET a = 'changed'; DELETE FROM app.south WHERE id = 2`,
    );
    expect(await told()).toEqual(before);
    expect(before).toHaveLength(3);
    await db.query('TRUNCATE app.north');
    expect((await limitsAt(then))[0]).toContain('TRUNCATE of app.north');
    expect((await told()).map((row) => JSON.parse(row).id)).toEqual(['1', '2', '3']);
  });

  test('without a key, rows are counted', async () => {
    await audited('CREATE TABLE app.t (a text, j jsonb)');
    await db.query(
      `INSERT INTO app.t VALUES ('x', 'null'), ('x', 'null'), ('x', NULL), (NULL, '1')`,
    );
    const then = await now();
    await db.query(`UPDATE app.t SET a = 'y' WHERE ctid = (SELECT min(ctid) FROM app.t)`);
    await db.query(
      `DELETE FROM app.t WHERE a IS NULL; INSERT INTO app.t VALUES ('x', 'null'); INSERT INTO app.t SELECT * FROM app.t`,
    );
    const values = (await rowsAt(then)).map((row) => JSON.stringify(row.values)).sort();
    expect(values).toEqual([
      '{"a":"x","j":"null"}',
      '{"a":"x","j":"null"}',
      '{"a":"x","j":null}',
      '{"a":null,"j":"1"}',
    ]);
    await expect(rowsAt(then, { key: ['x'] })).rejects.toThrow(/no primary key/);
    await enableAudit(db, T, { ignore: ['j'] });
    const ignoring = await now();
    await db.query(`UPDATE app.t SET j = '2'; DELETE FROM app.t WHERE a = 'y'`);
    const rows = await rowsAt(ignoring);
    expect(rows.map(({ values: { a } }) => a).sort()).toEqual([
      'x',
      'x',
      'x',
      'x',
      'x',
      'x',
      'y',
      'y',
    ]);
    expect(rows[0]).toMatchObject({ unknown: { j: 'not-logged' }, doubts: [] });
  });

  test('with hostile names and values', async () => {
    const name = `k"id.s ${'é'.repeat(20)}`;
    const table = { schema: 'app', name: `We "ird' %s $1 \\ ${'ü'.repeat(20)}` };
    const target = `app."${table.name.replaceAll('"', '""')}"`;
    const column = `"${name.replaceAll('"', '""')}"`;
    await db.query(
      `CREATE TABLE ${target} (${column} text PRIMARY KEY, "a.b" text, "__proto__" text)`,
    );
    await enableAudit(db, table);
    const key = `{"a,\\b"}'; --\n NULL é👩‍👧`;
    await db.query(`INSERT INTO ${target} VALUES ($1, $2, 'p'), ('NULL', '', 'p')`, [
      key,
      '\u0001"\\',
    ]);
    const then = await now();
    await db.query(
      `UPDATE ${target} SET "a.b" = NULL, "__proto__" = 'q'; UPDATE ${target} SET ${column} = 'moved' WHERE ${column} <> 'NULL'`,
    );
    await using past = await asOf(db, table, then, { key: [key] });
    const rows: AsOfRow[] = [];
    for await (const row of past.rows) rows.push(row);
    expect(rows.map(({ values }) => Object.entries(values))).toEqual([
      [
        [name, key],
        ['a.b', '\u0001"\\'],
        ['__proto__', 'p'],
      ],
    ]);
  });

  test('for a role that may read, and not for one from whom a policy hides rows', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x')`);
    const then = await now();
    const role = `reader_${database.name}`;
    await db.query(
      `CREATE ROLE ${role}; GRANT USAGE ON SCHEMA app, audit TO ${role}; GRANT SELECT ON app.t, audit.log TO ${role}`,
    );
    await db.query(`SET SESSION AUTHORIZATION ${role}`);
    try {
      expect(await rowsAt(then)).toHaveLength(1);
      await db.query('RESET SESSION AUTHORIZATION; ALTER TABLE app.t ENABLE ROW LEVEL SECURITY');
      await db.query(`SET SESSION AUTHORIZATION ${role}`);
      await expect(rowsAt(then)).rejects.toMatchObject({ sqlState: '42501' });
    } finally {
      await db.query(`RESET SESSION AUTHORIZATION; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
