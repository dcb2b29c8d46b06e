/** Months of the log: made ahead, moved out of the default partition, dropped with proof. */
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { enableAudit } from '../enable-audit.ts';
import { readAnchor } from '../evidence/anchor.ts';
import { sealAudit } from '../evidence/seal-audit.ts';
import { verifyAudit } from '../evidence/verify-audit.ts';
import { installAudit } from '../install-audit.ts';
import { eraseAudit } from './erase-audit.ts';
import { maintainAudit } from './maintain-audit.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
let other: pg.Client;
/** Of a schema that needs its quotes. */
const SCHEMA = 'au"dit 100% é';
const s = '"au""dit 100% é"';
const options = { schema: SCHEMA };

beforeEach(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  other = new pg.Client(database.url);
  await Promise.all([db.connect(), other.connect()]);
  await installAudit(db, options);
  await db.query('CREATE TABLE t (id int PRIMARY KEY, note text)');
  await enableAudit(db, { schema: 'public', name: 't' }, options);
});

afterEach(async () => {
  await Promise.all([db.end(), other.end()]);
  await database.drop();
});

/** Entries as they would have been written so many months ago. */
async function write(monthsAgo: number, count: number, operation = 'DELETE'): Promise<string> {
  const { rows } = await db.query(
    `SELECT to_char(now() AT TIME ZONE 'UTC' - interval '${monthsAgo} months', 'YYYY-MM') AS month`,
  );
  await db.query(`BEGIN; ALTER TABLE ${s}.log DISABLE TRIGGER ALL;
    INSERT INTO ${s}.log (at, schema_name, table_name, operation, row_key, old_values, new_values, login_role)
      SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '${monthsAgo} months' + interval '3 days') AT TIME ZONE 'UTC' + n * interval '1 second',
        'public', 't', '${operation}', CASE '${operation}' WHEN 'DELETE' THEN ARRAY[n::text] END, '{"note": "old"}', '{"key": ["id"]}', 'x'
      FROM generate_series(1, ${count}) AS n;
    DROP TRIGGER guard_insert ON ${s}.log; SELECT ${s}.add_partitions(); COMMIT`);
  return rows[0].month;
}

async function partitions(): Promise<string[]> {
  const { rows } = await db.query(
    `SELECT c.relname AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass ORDER BY 1`,
    [`${s}.log`],
  );
  return rows.map(({ name }) => name);
}

async function inDefault(): Promise<number> {
  return (await db.query(`SELECT count(*)::int AS count FROM ONLY ${s}.log_default`)).rows[0].count;
}

describe('months ahead', () => {
  test('are made with their guards, once', async () => {
    const before = await partitions();
    const planned = await maintainAudit(db, { ...options, ahead: 5, dryRun: true });
    expect(await partitions()).toEqual(before);
    const { made, left, dropped } = await maintainAudit(db, { ...options, ahead: 5 });
    expect(made).toEqual(planned.made);
    expect([made.length, left, dropped]).toEqual([3, [], []]);
    const last = made.at(-1)?.month.replace('-', '_');
    expect(await partitions()).toEqual(
      [
        ...before.filter((name) => name !== 'log_default'),
        ...made.map(({ month }) => `log_${month.replace('-', '_')}`),
        'log_default',
      ].sort(),
    );
    const { rows } = await db.query(
      'SELECT count(*)::int AS count FROM pg_trigger WHERE tgrelid = $1::regclass AND tgenabled = $2',
      [`${s}.log_${last}`, 'A'],
    );
    expect(rows[0].count).toBe(4);
    await expect(db.query(`DELETE FROM ${s}.log_${last}`)).rejects.toMatchObject({ code: '42501' });
    expect(await maintainAudit(db, { ...options, ahead: 5 })).toEqual({
      made: [],
      left: [],
      dropped: [],
    });
  });

  test('two runs at once share the work', async () => {
    const runs = await Promise.all(
      [db, other].map((client) => maintainAudit(client, { ...options, ahead: 6 })),
    );
    expect(runs.flatMap(({ made }) => made)).toHaveLength(4);
    expect(runs.flatMap(({ left }) => left)).toEqual([]);
  });

  test('need rights that a mere reader lacks', async () => {
    const role = `reader_${database.name}`;
    await db.query(
      `CREATE ROLE ${role}; GRANT pg_read_all_data TO ${role}; GRANT USAGE ON SCHEMA ${s} TO ${role}`,
    );
    await other.query(`SET SESSION AUTHORIZATION ${role}`);
    await expect(maintainAudit(other, { ...options, ahead: 4 })).rejects.toMatchObject({
      sqlState: '42501',
    });
    await db.query(`GRANT EXECUTE ON FUNCTION ${s}.make_month TO ${role}`);
    expect((await maintainAudit(other, { ...options, ahead: 4 })).made).toHaveLength(2);
    await other.query('RESET SESSION AUTHORIZATION');
    await db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});

describe('the default partition', () => {
  test('is emptied into the months where its entries belong, sealed before or after', async () => {
    const old = await write(14, 3);
    await sealAudit(db, options);
    const older = await write(30, 2);
    expect(await inDefault()).toBe(5);
    expect(await maintainAudit(db, options)).toEqual({
      made: [
        { month: older, entries: 2 },
        { month: old, entries: 3 },
      ],
      dropped: [],
      left: [],
    });
    expect(await inDefault()).toBe(0);
    await sealAudit(db, options);
    expect(await verifyAudit(db, options)).toMatchObject({ ok: true, sealed: 6, unsealed: 0 });
    await expect(db.query(`DELETE FROM ${s}.log_default`)).rejects.toMatchObject({ code: '42501' });
  });

  test('keeps a month that holds too much to move while writers wait, or whose name is taken, and says so', async () => {
    const old = await write(14, 30);
    const older = await write(30, 2);
    await db.query(`CREATE TABLE ${s}.log_${older.replace('-', '_')} (a int)`);
    const { made, left } = await maintainAudit(db, { ...options, maxMoved: 29 });
    expect(made).toEqual([]);
    expect(left.map(({ month, action, entries }) => [month, action, entries])).toEqual([
      [older, 'make', 2],
      [old, 'make', 30],
    ]);
    expect(left.map(({ reason }) => reason)).toMatchInlineSnapshot(`
      [
        "a table of that name exists and is no partition of the log: look what it holds, then attach or rename it",
        "the default partition holds more entries of it than may be moved while writers wait: run again at a quiet time with a higher maxMoved",
      ]
    `);
    expect(await inDefault()).toBe(32);
  });

  test('is left alone where a reader does not let go of it, and the error can be retried', async () => {
    await write(14, 3);
    await other.query(`BEGIN; SELECT count(*) FROM ${s}.log`);
    const begun = performance.now();
    await db.query(`SET lock_timeout = '60s'`);
    const call = db.query(
      `SELECT * FROM ${s}.make_month((now() - interval '14 months')::date - (extract(day FROM now() - interval '14 months')::int - 1), 10)`,
    );
    await expect(call).rejects.toMatchObject({ code: '55P03' });
    expect(performance.now() - begun).toBeLessThan(30_000);
    await other.query('COMMIT');
    expect((await maintainAudit(db, options)).made).toMatchObject([{ entries: 3 }]);
  });
});

describe('retention', () => {
  test('drops whole months of which all is sealed, leaves a note, and the log still verifies from an old anchor', async () => {
    const [oldest, older, kept] = [await write(30, 4), await write(26, 3), await write(24, 2)];
    await maintainAudit(db, options);
    await sealAudit(db, options);
    const anchor = await readAnchor(db, options);
    const planned = await maintainAudit(db, { ...options, retention: 24, dryRun: true });
    const done = await maintainAudit(db, { ...options, retention: 24 });
    expect(done).toEqual(planned);
    expect(done).toEqual({
      made: [],
      dropped: [
        { month: oldest, entries: 4 },
        { month: older, entries: 3 },
      ],
      left: [],
    });
    expect(await partitions()).toContain(`log_${kept.replace('-', '_')}`);
    const result = await verifyAudit(db, { ...options, anchor });
    expect(result).toMatchObject({
      ok: true,
      problems: [],
      sealed: 1 + 2 + 2,
      unsealed: 0,
      retentions: [
        { month: oldest, entries: 4, actor: null },
        { month: older, entries: 3 },
      ],
    });
    expect(await maintainAudit(db, { ...options, retention: 24 })).toEqual({
      made: [],
      dropped: [],
      left: [],
    });
  });

  test('drops again what turned up in a month that it had dropped, and its own notes in their time', async () => {
    await write(30, 4);
    await maintainAudit(db, options);
    await maintainAudit(db, { ...options, retention: 24 });
    await write(30, 2);
    await sealAudit(db, options);
    expect(await verifyAudit(db, options)).toMatchObject({ ok: true });
    expect(await maintainAudit(db, { ...options, retention: 24 })).toMatchObject({
      made: [{ entries: 2 }],
      dropped: [{ entries: 2 }],
      left: [],
    });
    expect(await verifyAudit(db, options)).toMatchObject({ ok: true, problems: [] });
    const { rows } = await db.query(
      `SELECT new_values ->> 'seals' AS seals FROM ${s}.log WHERE operation = 'RETENTION' ORDER BY id DESC`,
    );
    expect(rows.map(({ seals }) => seals)).toEqual([
      expect.stringMatching(/^\{\[1,2\),\[\d+,\d+\)\}$/),
      '{[1,2)}',
    ]);
  });

  test('notes the configuration of a table anew when the month that held it goes', async () => {
    await write(30, 1, 'ENABLE');
    await db.query(
      `BEGIN; ALTER TABLE ${s}.log DISABLE TRIGGER ALL; DELETE FROM ${s}.log WHERE operation = 'ENABLE' AND login_role <> 'x'; SELECT ${s}.add_partitions(); COMMIT`,
    );
    await maintainAudit(db, options);
    await maintainAudit(db, { ...options, retention: 24 });
    const { rows } = await db.query(
      `SELECT schema_name, table_name, new_values FROM ${s}.log WHERE operation = 'ENABLE'`,
    );
    expect(rows).toEqual([
      { schema_name: 'public', table_name: 't', new_values: { key: ['id'], covered: true } },
    ]);
    expect(await verifyAudit(db, options)).toMatchObject({ ok: true });
  });

  test('keeps what was tampered with, or lacks an entry, and all months after it', async () => {
    for (const attack of [
      `UPDATE ${s}.log SET actor = 'x' WHERE id = (SELECT min(id) FROM ${s}.log WHERE login_role = 'x')`,
      `DELETE FROM ${s}.log WHERE id = (SELECT min(id) FROM ${s}.log WHERE login_role = 'x')`,
    ]) {
      const months = [await write(30, 4), await write(26, 3)];
      await maintainAudit(db, options);
      await sealAudit(db, options);
      await db.query(`BEGIN; ALTER TABLE ${s}.log DISABLE TRIGGER ALL; ${attack}; COMMIT`);
      const before = await partitions();
      const { dropped, left } = await maintainAudit(db, { ...options, retention: 24 });
      expect(dropped).toEqual([]);
      expect(left.map(({ month, action }) => [month, action])).toEqual(
        months.map((month) => [month, 'drop']),
      );
      expect(left[0]?.reason).toMatch(/not as they were sealed: run verifyAudit/);
      expect(left[1]?.reason).toMatch(/an earlier month is still there/);
      expect(await partitions()).toEqual(before);
      expect((await verifyAudit(db, options)).ok).toBe(false);
    }
  });

  test('asks under lock whether every entry is sealed and there', async () => {
    await write(30, 4);
    await maintainAudit(db, options);
    const drop = async () =>
      (
        await db.query(
          `SELECT refused FROM ${s}.drop_month(date_trunc('month', now() AT TIME ZONE 'UTC' - interval '30 months')::date, 24)`,
        )
      ).rows[0].refused;
    expect(await drop()).toBe('unsealed');
    await sealAudit(db, options);
    await db.query('BEGIN');
    await db.query(
      `ALTER TABLE ${s}.log DISABLE TRIGGER ALL; DELETE FROM ${s}.log WHERE id = (SELECT min(id) FROM ${s}.log WHERE login_role = 'x')`,
    );
    expect(await drop()).toBe('unsealed');
    await db.query('ROLLBACK');
    expect(await drop()).toBe(null);
    expect(await drop()).toBe('missing');
  });

  test('waits for no reader for long, is all or nothing, and two runs at once drop a month once', async () => {
    await write(30, 4);
    await maintainAudit(db, options);
    await sealAudit(db, options);
    const third = new pg.Client(database.url);
    await third.connect();
    try {
      await other.query(`BEGIN; SELECT count(*) FROM ${s}.log`);
      const month = (
        await db.query(
          `SELECT date_trunc('month', now() AT TIME ZONE 'UTC' - interval '30 months')::date::text AS month`,
        )
      ).rows[0].month;
      await expect(
        db.query(`SELECT * FROM ${s}.drop_month($1, 24)`, [month]),
      ).rejects.toMatchObject({ code: '55P03' });
      expect((await verifyAudit(db, options)).retentions).toEqual([]);
      const runs = [db, third].map((client) =>
        maintainAudit(client, { ...options, retention: 24 }),
      );
      await new Promise((resolve) => setTimeout(resolve, 700));
      await other.query('COMMIT');
      const done = await Promise.all(runs);
      expect(done.flatMap(({ dropped }) => dropped)).toHaveLength(1);
      expect(done.flatMap(({ left }) => left)).toEqual([]);
      expect(await verifyAudit(db, options)).toMatchObject({
        ok: true,
        retentions: [{ entries: 4 }],
      });
    } finally {
      await third.end();
    }
  });

  test('never reaches into the months that are to be kept, nor into the present one', async () => {
    await sealAudit(db, options);
    for (const retention of [-1, 0.5, Number.NaN]) {
      await expect(maintainAudit(db, { ...options, retention })).rejects.toMatchObject({
        code: 'TOTHUB_SECURITY_TREATMENT',
      });
    }
    for (const kept of [-5, 0, 3]) {
      const { rows } = await db.query(
        `SELECT refused FROM ${s}.drop_month(date_trunc('month', now() AT TIME ZONE 'UTC')::date, $1)`,
        [kept],
      );
      expect(rows[0].refused).toBe('kept');
    }
    expect(await maintainAudit(db, { ...options, retention: 0 })).toEqual({
      made: [],
      dropped: [],
      left: [],
    });
  });

  test('drops nothing while the clocks of server and client disagree', async () => {
    await write(30, 4);
    await maintainAudit(db, options);
    const skewed = {
      query: (text: string, values?: readonly unknown[]) =>
        db.query(
          text,
          values?.map((value) =>
            typeof value === 'number' && value > 1e12 ? value - 2 * 86_400_000 : value,
          ),
        ),
    };
    const { dropped, left } = await maintainAudit(skewed, { ...options, retention: 24 });
    expect(dropped).toEqual([]);
    expect(left).toMatchObject([{ action: 'drop', reason: expect.stringMatching(/clock/) }]);
  });
});

test.each(['NOCREATEROLE', 'CREATEROLE'])(
  'all of it works for an owner who is no superuser (%s)',
  async (right) => {
    const role = `owner_${right.toLowerCase()}_${database.name}`;
    await db.query(
      `CREATE ROLE ${role} ${right}; GRANT CREATE ON DATABASE ${database.name} TO ${role}; GRANT CREATE ON SCHEMA public TO ${role}`,
    );
    try {
      await other.query(`SET SESSION AUTHORIZATION ${role}`);
      const own = { schema: 'own_audit' };
      await installAudit(other, own);
      await other.query('CREATE TABLE mine (id int PRIMARY KEY, note text)');
      const table = { schema: 'public', name: 'mine' };
      await enableAudit(other, table, own);
      await other.query(
        `INSERT INTO mine VALUES (1, 'a'), (2, 'b'); UPDATE mine SET note = 'SECRET' WHERE id = 1; DELETE FROM mine`,
      );
      const { anchor } = await sealAudit(other, own);
      await other.query(`BEGIN; ALTER TABLE own_audit.log DISABLE TRIGGER ALL;
        INSERT INTO own_audit.log (at, schema_name, table_name, operation, login_role) VALUES (now() - interval '40 months', 'public', 'mine', 'DELETE', 'x');
        DROP TRIGGER guard_insert ON own_audit.log; SELECT own_audit.add_partitions(); COMMIT`);
      expect(await maintainAudit(other, { ...own, ahead: 3 })).toMatchObject({
        made: [{ entries: 1 }, { entries: 0 }],
        left: [],
      });
      expect(await maintainAudit(other, { ...own, retention: 12 })).toMatchObject({
        dropped: [{ entries: 1 }],
        left: [],
      });
      expect(await eraseAudit(other, { ...own, table, key: ['1'], reason: 'r' })).toEqual({
        entries: 3,
        erased: 3,
      });
      expect(await verifyAudit(other, { ...own, anchor })).toMatchObject({
        ok: true,
        unsealed: 0,
        erasures: [{ entries: 3 }],
        retentions: [{ entries: 1 }],
      });
      await expect(other.query('UPDATE own_audit.log SET actor = NULL')).rejects.toMatchObject({
        code: '42501',
      });
    } finally {
      await other.query('RESET SESSION AUTHORIZATION');
      await db.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    }
  },
);
