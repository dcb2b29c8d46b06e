/** What an attacker, an owner or an accident tries: secrets stay out, the log stays, and gaps are reported. */
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditStatus } from './audit-status.ts';
import { disableAudit, enableAudit } from './enable-audit.ts';
import { installAudit } from './install-audit.ts';

const TABLE = { schema: 'app', name: 't' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
let low: pg.Client;
let role: string;
let mark = 0;

beforeAll(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  low = new pg.Client(database.url);
  await Promise.all([db.connect(), low.connect()]);
  role = `low_${database.name}`;
  await db.query(`CREATE ROLE ${role}; GRANT pg_read_all_data, pg_write_all_data TO ${role}`);
  await installAudit(db);
  // Not SET ROLE: current_setting('role') must show that the login role is another.
  await low.query(`SET SESSION AUTHORIZATION ${role}`);
});

afterAll(async () => {
  await low.end();
  await db.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  await db.end();
  await database.drop();
});

beforeEach(async () => {
  await low.query('DISCARD TEMP; RESET search_path');
  await db.query(`DROP SCHEMA IF EXISTS app, evil CASCADE; CREATE SCHEMA app; CREATE SCHEMA evil AUTHORIZATION ${role};
    GRANT USAGE, CREATE ON SCHEMA app TO ${role}`);
  await db.query('CREATE TABLE app.t (id int PRIMARY KEY, ssn text, note text)');
  mark = (await db.query('SELECT coalesce(max(id), 0)::int AS id FROM audit.log')).rows[0].id;
});

async function logText(): Promise<string> {
  const { rows } = await db.query(
    "SELECT json_agg(l)::text AS text FROM audit.log AS l WHERE id > $1 AND operation <> 'ENABLE'",
    [mark],
  );
  return rows[0].text ?? '';
}

async function recorderOf(table: string): Promise<string> {
  const { rows } = await db.query("SELECT audit.recorder_name('app', $1) AS name", [table]);
  return rows[0].name;
}

describe('redaction', () => {
  test('keeps that a value changed, and never the value', async () => {
    await enableAudit(db, TABLE, { redact: ['ssn'], mode: 'full' });
    await db.query(
      `INSERT INTO app.t VALUES (1, 'SECRET', 'n'); UPDATE app.t SET ssn = 'SECRET2'; UPDATE app.t SET note = 'm'; DELETE FROM app.t`,
    );
    const { rows } = await db.query(
      "SELECT old_values, new_values FROM audit.log WHERE id > $1 AND operation NOT IN ('ENABLE', 'DISABLE') ORDER BY id",
      [mark],
    );
    expect(rows.slice(1, 3)).toEqual([
      { old_values: { ssn: { redacted: true } }, new_values: { ssn: { redacted: true } } },
      { old_values: { note: 'n' }, new_values: { note: 'm' } },
    ]);
    expect(await logText()).not.toContain('SECRET');
  });

  test.each([
    ['renamed', 'ALTER TABLE app.t RENAME ssn TO tax_id', 'tax_id'],
    [
      'dropped and added under another name',
      'ALTER TABLE app.t DROP ssn; ALTER TABLE app.t ADD tax_id text',
      'tax_id',
    ],
    [
      'swapped with another',
      'ALTER TABLE app.t RENAME ssn TO old_ssn; ALTER TABLE app.t ADD ssn text',
      'old_ssn',
    ],
    ['made anew', 'ALTER TABLE app.t DROP ssn; ALTER TABLE app.t ADD ssn text', 'ssn'],
  ])('holds when the column is %s', async (_, change, column) => {
    await enableAudit(db, TABLE, { redact: ['ssn'], mode: 'full' });
    await db.query(change);
    await db.query(`INSERT INTO app.t (id, ${column}, note) VALUES (1, 'SECRET', 'kept')`);
    await db.query(`UPDATE app.t SET ${column} = 'SECRET2'; DELETE FROM app.t`);
    expect(await logText()).not.toContain('SECRET');
    const { tables } = await auditStatus(db);
    expect(tables[0]?.problems).toHaveLength(1);
    await enableAudit(db, TABLE, { redact: [column], mode: 'full' });
    await db.query(`INSERT INTO app.t (id, ${column}, note) VALUES (2, 'SECRET', 'kept')`);
    expect(await logText()).not.toContain('SECRET');
    expect(await logText()).toContain('kept');
    expect((await auditStatus(db)).tables[0]?.problems).toEqual([]);
  });

  test('holds after a restore, where numbers and identities of tables are others', async () => {
    await enableAudit(db, TABLE, { redact: ['ssn'], mode: 'full' });
    const { rows } = await db.query(
      `SELECT pg_get_triggerdef(oid) AS sql FROM pg_trigger WHERE tgrelid = 'app.t'::regclass`,
    );
    await db.query(
      'DROP TABLE app.t; CREATE TABLE app.t (id int PRIMARY KEY, gap int, ssn text, note text); ALTER TABLE app.t DROP gap',
    );
    for (const { sql } of rows) await db.query(sql);
    await db.query(`INSERT INTO app.t VALUES (1, 'SECRET', 'kept')`);
    expect(await logText()).not.toContain('SECRET');
    expect(await logText()).toContain('kept');
    await db.query(
      `ALTER TABLE app.t RENAME ssn TO tax_id; INSERT INTO app.t VALUES (2, 'SECRET', 'SECRET')`,
    );
    expect(await logText()).not.toContain('SECRET');
  });

  test('holds after a restore that closed the gap of a dropped column', async () => {
    await db.query(
      'DROP TABLE app.t; CREATE TABLE app.t (id int PRIMARY KEY, gap int, ssn text, note text); ALTER TABLE app.t DROP gap',
    );
    await enableAudit(db, TABLE, { redact: ['ssn'], mode: 'full' });
    const { rows } = await db.query(
      `SELECT pg_get_triggerdef(oid) AS sql FROM pg_trigger WHERE tgrelid = 'app.t'::regclass`,
    );
    await db.query(
      'DROP TABLE app.t; CREATE TABLE app.t (id int PRIMARY KEY, ssn text, note text)',
    );
    for (const { sql } of rows) await db.query(sql);
    await db.query(`INSERT INTO app.t VALUES (1, 'SECRET', 'kept')`);
    expect(await logText()).not.toContain('SECRET');
    expect(await logText()).toContain('kept');
    await db.query(
      `ALTER TABLE app.t RENAME ssn TO tax_id; INSERT INTO app.t VALUES (2, 'SECRET', 'SECRET')`,
    );
    expect(await logText()).not.toContain('SECRET');
  });

  test('of an unknown column or of a key is refused, and nothing is enabled', async () => {
    for (const [options, message] of [
      [{ redact: ['SSN'] }, /no column to redact, exclude or ignore named "SSN"/],
      [{ exclude: ['ssn, note'] }, /named "ssn, note"/],
      [{ redact: ['id'] }, /part of the primary key cannot be redacted, excluded or ignored: id/],
    ] as const) {
      await expect(enableAudit(db, TABLE, options)).rejects.toThrow(message);
    }
    await expect(enableAudit(db, { schema: 'app', name: 'none' })).rejects.toThrow(/no such table/);
    await expect(enableAudit(db, { schema: 'audit', name: 'log' })).rejects.toThrow(/itself/);
    expect((await auditStatus(db)).tables).toEqual([]);
  });

  test('an UPDATE of excluded columns alone leaves no row', async () => {
    await enableAudit(db, TABLE, { exclude: ['note'], mode: 'full' });
    await db.query(
      `INSERT INTO app.t VALUES (1, 'a', 'SECRET'); UPDATE app.t SET note = 'SECRET2'; UPDATE app.t SET ssn = 'b', note = 'c'`,
    );
    const { rows } = await db.query(
      "SELECT operation, new_values FROM audit.log WHERE id > $1 AND operation NOT IN ('ENABLE', 'DISABLE') ORDER BY id",
      [mark],
    );
    expect(rows).toEqual([
      { operation: 'INSERT', new_values: { id: '1', ssn: 'a' } },
      { operation: 'UPDATE', new_values: { ssn: 'b' } },
    ]);
  });
});

describe('the trigger function', () => {
  test('runs nothing that a user without rights put in its way', async () => {
    await db.query(`CREATE TABLE app.stolen (who text); GRANT INSERT ON app.stolen TO PUBLIC`);
    // A type of the attacker in the audited table, with a cast that would run with the owner's rights.
    await low.query(`CREATE TYPE app.mine AS (x int);
      CREATE FUNCTION evil.leak(app.mine) RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO app.stolen VALUES (current_user); RETURN 'x'; END $$;
      CREATE CAST (app.mine AS text) WITH FUNCTION evil.leak(app.mine) AS IMPLICIT`);
    await db.query('ALTER TABLE app.t ADD mine app.mine');
    await enableAudit(db, TABLE);
    await low.query(`
      CREATE FUNCTION evil.leak(text, text) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO app.stolen VALUES (current_user); RETURN false; END $$;
      CREATE FUNCTION evil.leak(jsonb, jsonb) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO app.stolen VALUES (current_user); RETURN false; END $$;
      CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.leak);
      CREATE OPERATOR evil.= (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = evil.leak);
      CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO app.stolen VALUES (current_user); RETURN ''; END $$;
      CREATE FUNCTION evil.temp_check(text) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO app.stolen VALUES (current_user); RETURN true; END $$;
      CREATE TEMP TABLE log (LIKE app.stolen);
      CREATE TEMP TABLE old_rows (LIKE app.stolen);
      CREATE TEMP TABLE new_rows (LIKE app.stolen);
      CREATE TEMP TABLE pg_attribute (LIKE app.stolen);
      CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (evil.temp_check(VALUE));
      CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK (evil.temp_check('x'));
      CREATE DOMAIN pg_temp.int2 AS pg_catalog.int2 CHECK (evil.temp_check('x'));
      CREATE DOMAIN pg_temp.bool AS pg_catalog.bool CHECK (evil.temp_check('x'));
      CREATE DOMAIN pg_temp.regclass AS pg_catalog.regclass CHECK (evil.temp_check('x'));
      CREATE DOMAIN pg_temp.oid AS pg_catalog.oid CHECK (evil.temp_check('x'));
      SET search_path = evil, pg_temp, pg_catalog`);
    await low.query(
      `INSERT INTO app.t VALUES (1, 'a', 'b', ROW(1)); UPDATE app.t SET note = 'c', mine = ROW(2); DELETE FROM app.t`,
    );
    // Once more by the statement that is made where a table has changed.
    await db.query('ALTER TABLE app.t ADD extra int');
    await low.query(
      `INSERT INTO app.t VALUES (2, 'a', 'b', ROW(1)); UPDATE app.t SET note = 'c', mine = ROW(2); DELETE FROM app.t`,
    );
    expect((await db.query('SELECT FROM app.stolen')).rows).toEqual([]);
    const { rows } = await db.query(
      "SELECT operation, login_role, set_role FROM audit.log WHERE id > $1 AND operation NOT IN ('ENABLE', 'DISABLE') ORDER BY id",
      [mark],
    );
    expect(rows).toEqual(
      ['INSERT', 'UPDATE', 'DELETE', 'INSERT', 'UPDATE', 'DELETE'].map((operation) => ({
        operation,
        login_role: role,
        set_role: null,
      })),
    );
    await expect(
      low.query(
        `CREATE TRIGGER x AFTER INSERT ON pg_temp.log FOR EACH STATEMENT EXECUTE FUNCTION audit.${await recorderOf('t')}('{}')`,
      ),
    ).rejects.toThrow(/permission denied/);
  });
});

describe("a client's settings", () => {
  test('do not stop a write, nor the enabling', async () => {
    await db.query(
      `ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; ALTER TABLE app.t FORCE ROW LEVEL SECURITY`,
    );
    const settings = [
      `SET standard_conforming_strings = off`,
      `SET quote_all_identifiers = on`,
      `SET row_security = off`,
      `SET transform_null_equals = on`,
      `SET plan_cache_mode = force_generic_plan`,
    ];
    for (const setting of settings) await db.query(setting);
    await enableAudit(db, TABLE, { redact: ['ssn'], mode: 'full' });
    await db.query(
      `INSERT INTO app.t VALUES (1, 'SECRET', E'back\\\\slash''quote'); TRUNCATE app.t; RESET ALL`,
    );
    expect(await enableAudit(db, TABLE, { redact: ['ssn'], mode: 'full' })).toEqual({
      changed: false,
    });
    const { rows } = await db.query(
      "SELECT operation, new_values FROM audit.log WHERE id > $1 AND operation NOT IN ('ENABLE', 'DISABLE') ORDER BY id",
      [mark],
    );
    expect(rows).toEqual([
      {
        operation: 'INSERT',
        new_values: { id: '1', ssn: { redacted: true }, note: `back\\slash'quote` },
      },
      { operation: 'TRUNCATE', new_values: null },
    ]);
  });
});

describe('the log', () => {
  test('takes no row, change or removal from anyone but its triggers', async () => {
    await enableAudit(db, TABLE);
    await db.query('INSERT INTO app.t VALUES (1)');
    await db.query(`GRANT USAGE ON SCHEMA audit TO ${role}; GRANT ALL ON audit.log TO ${role}`);
    const attempts = [
      `INSERT INTO audit.log (schema_name, table_name, operation, login_role) VALUES ('a', 'b', 'INSERT', 'c')`,
      `UPDATE audit.log SET actor = 'someone else'`,
      'DELETE FROM audit.log',
      'TRUNCATE audit.log',
      'DELETE FROM audit.log WHERE false',
    ];
    for (const attempt of attempts) {
      await expect(low.query(attempt), attempt).rejects.toThrow(
        /only takes rows from its triggers/,
      );
    }
    for (const attempt of attempts.slice(1)) {
      await expect(db.query(attempt), attempt).rejects.toThrow(/only takes rows from its triggers/);
    }
    await db.query(`BEGIN; SET LOCAL session_replication_role = 'replica'`);
    await expect(db.query('DELETE FROM audit.log')).rejects.toThrow(/only takes rows/);
    await db.query('ROLLBACK');
    await db.query(`REVOKE ALL ON audit.log FROM ${role}`);
  });

  test('is written in replica mode too', async () => {
    await enableAudit(db, TABLE);
    await db.query(
      `BEGIN; SET LOCAL session_replication_role = 'replica'; INSERT INTO app.t VALUES (1, 'a'); COMMIT`,
    );
    expect(await logText()).toContain('INSERT');
  });
});

describe('auditStatus', () => {
  test('reports what was switched off, replaced, or never covered', async () => {
    await enableAudit(db, TABLE);
    await db.query(`ALTER TABLE app.t DISABLE TRIGGER audit_update; ALTER TABLE app.t ENABLE TRIGGER audit_delete;
      DROP TRIGGER audit_truncate ON app.t; ALTER TABLE audit.log DISABLE TRIGGER guard_delete`);
    await db.query(`CREATE TABLE app.p (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES FROM (0) TO (9)`);
    await enableAudit(db, { schema: 'app', name: 'p' });
    await db.query('CREATE TABLE app.p2 PARTITION OF app.p FOR VALUES FROM (9) TO (19)');
    await db.query(
      `CREATE OR REPLACE FUNCTION audit.${await recorderOf('p')}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
    );
    const status = await auditStatus(db);
    expect(status.problems).toMatchInlineSnapshot(`
      [
        "the trigger guard_delete of log is missing, changed or not enabled always",
      ]
    `);
    expect(status.tables.map(({ name, problems }) => ({ name, problems }))).toMatchInlineSnapshot(`
      [
        {
          "name": "p",
          "problems": [
            "its recording function does not run as the writer of the log",
          ],
        },
        {
          "name": "p1",
          "problems": [
            "its recording function does not run as the writer of the log",
          ],
        },
        {
          "name": "p2",
          "problems": [
            "the insert trigger is missing",
            "the update trigger is missing",
            "the delete trigger is missing",
            "the truncate trigger is missing",
          ],
        },
        {
          "name": "t",
          "problems": [
            "the update trigger is disabled",
            "the delete trigger is origin",
            "the truncate trigger is missing",
          ],
        },
      ]
    `);
    await installAudit(db);
    await enableAudit(db, TABLE);
    await enableAudit(db, { schema: 'app', name: 'p' });
    const mended = await auditStatus(db);
    expect([mended.problems, ...mended.tables.map(({ problems }) => problems)].flat()).toEqual([]);
  });

  test('says when nothing is installed', async () => {
    expect(await auditStatus(db, { schema: 'nowhere' })).toEqual({
      installed: false,
      problems: [],
      limits: [],
      tables: [],
    });
  });
});

describe('two at once', () => {
  test('install and enable without error, once', async () => {
    const second = new pg.Client(database.url);
    await second.connect();
    const schema = 'We "ird\' %s $record$ $enable$ \\ Ä';
    await Promise.all([db, second].map((each) => installAudit(each, { schema })));
    const results = await Promise.all(
      [db, second, db, second].map((each) =>
        enableAudit(each, TABLE, { schema, redact: ['ssn'], mode: 'full' }),
      ),
    );
    expect(results.some(({ changed }) => changed)).toBe(true);
    expect(await enableAudit(db, TABLE, { schema, redact: ['ssn'], mode: 'full' })).toEqual({
      changed: false,
    });
    await db.query(
      `INSERT INTO app.t VALUES (1, 'SECRET', 'x'); UPDATE app.t SET note = 'y'; TRUNCATE app.t`,
    );
    const { rows } = await db.query(
      `SELECT operation FROM ${pg.escapeIdentifier(schema)}.log WHERE operation NOT IN ('ENABLE', 'DISABLE')`,
    );
    expect(rows).toHaveLength(3);
    expect((await auditStatus(db, { schema })).tables[0]?.problems).toEqual([]);
    await disableAudit(db, TABLE, { schema });
    await second.end();
  });

  test('a trigger of the same name that is not ours is not replaced', async () => {
    await db.query(`CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER audit_insert AFTER INSERT ON app.t EXECUTE FUNCTION app.f()`);
    await expect(enableAudit(db, TABLE)).rejects.toThrow(/other triggers have the names/);
  });
});
