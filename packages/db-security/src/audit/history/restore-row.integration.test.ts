import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { database, db, useDatabase } from '../../../test/own-database.ts';
import { disableAudit, type EnableAuditOptions, enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { type RestoreRowOptions, restoreRow } from './restore-row.ts';

const T = { schema: 'app', name: 't' };

useDatabase();

beforeAll(async () => {
  await installAudit(db);
});

beforeEach(async () => {
  await db.query('DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app');
});

async function audited(sql: string, options: EnableAuditOptions = {}): Promise<void> {
  await db.query(sql);
  await enableAudit(db, T, options);
}

/** The number of the last entry: a moment. */
async function mark(): Promise<{ id: number }> {
  const { rows } = await db.query('SELECT max(id)::float8 AS id FROM audit.log');
  return { id: rows[0].id };
}

const restore = (key: string[], options: RestoreRowOptions) => restoreRow(db, T, key, options);

async function rows(): Promise<string[]> {
  const found = await db.query('SELECT t::text AS row FROM app.t AS t ORDER BY 1');
  return found.rows.map(({ row }) => row);
}

describe('restoreRow', () => {
  test('puts a changed row back, with the actor in the log, and a second time does nothing', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b int)');
    await db.query(`INSERT INTO app.t VALUES (1, 'o''k', NULL)`);
    const to = await mark();
    await db.query(`UPDATE app.t SET a = NULL, b = 5; UPDATE app.t SET b = 6`);
    const planned = await restore(['1'], { to, dryRun: true });
    expect(planned).toEqual({
      action: 'update',
      key: ['1'],
      changes: { a: { from: null, to: "o'k" }, b: { from: '6', to: null } },
      left: [],
      changedByTriggers: [],
    });
    expect(await rows()).toEqual(['(1,,6)']);
    expect(await restore(['1'], { to, actor: 'staff:2' })).toEqual(planned);
    expect(await rows()).toEqual([`(1,o'k,)`]);
    const { rows: logged } = await db.query(
      'SELECT operation, actor, new_values FROM audit.log ORDER BY id DESC LIMIT 1',
    );
    expect(logged).toEqual([
      { operation: 'UPDATE', actor: 'staff:2', new_values: { a: "o'k", b: null } },
    ]);
    expect((await restore(['1'], { to })).action).toBe('none');
  });

  test('brings a deleted row back, with its identity and generated columns', async () => {
    await audited(`CREATE TABLE app.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, j json, jb jsonb, n numeric(9,2),
      twice numeric GENERATED ALWAYS AS (n * 2) STORED, c char(4), xs text[], at timestamptz, d interval, ok bool, m money, b bytea)`);
    await db.query(`INSERT INTO app.t (j, jb, n, c, xs, at, d, ok, m, b) VALUES
      ('{"b": 1, "a": [null]}', 'null', 1.50, 'x', '{"a,b",NULL,"q\\"\\\\"}', '2024-03-31 02:30+02', '-1 mons 2 days', false, 12.5, '\\x00ff')`);
    const before = await rows();
    const to = await mark();
    await db.query('DELETE FROM app.t');
    await db.query(
      `SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape'`,
    );
    expect((await restore(['1'], { to })).action).toBe('insert');
    await db.query('RESET ALL');
    expect(await rows()).toEqual(before);
    expect(await restore(['1'], { to })).toMatchObject({ action: 'none' });
  });

  test('finds the row under the key that it has now', async () => {
    await audited('CREATE TABLE app.t (a int, b text, c text, PRIMARY KEY (b, a))');
    await db.query(`INSERT INTO app.t VALUES (1, 'k"1', 'then'), (2, 'k2', 'other')`);
    const to = await mark();
    await db.query(
      `UPDATE app.t SET a = 7, c = 'now' WHERE a = 1; UPDATE app.t SET b = 'new' WHERE a = 7`,
    );
    expect(await restore(['k"1', '1'], { to })).toMatchObject({
      action: 'update',
      changes: {
        a: { from: '7', to: '1' },
        b: { from: 'new', to: 'k"1' },
        c: { from: 'now', to: 'then' },
      },
    });
    expect(await rows()).toEqual(['(1,"k""1",then)', '(2,k2,other)']);
  });

  test('refuses what it cannot tell exactly, in one sentence', async () => {
    await audited(
      'CREATE TABLE app.t (id int PRIMARY KEY, ssn text, big text, hidden text, a text)',
      {
        redact: ['ssn'],
        exclude: ['hidden'],
      },
    );
    await db.query(`INSERT INTO app.t VALUES (1, 's', repeat('x', 200000), 'h', 'a')`);
    const to = await mark();
    await db.query(`UPDATE app.t SET ssn = 'changed', big = 'small', hidden = 'changed', a = 'b'`);
    const before = await rows();
    const messages: string[] = [];
    for (const [key, options] of [
      [['1'], { to }],
      [['2'], { to }],
      [['x'], { to }],
      [['1', '2'], { to }],
      [['1'], { to: 'the day after' }],
      [['1'], { to: { id: 0 } }],
      [['1'], { to, except: ['none'] }],
      [['1'], { to, except: ['id'] }],
    ] as [string[], RestoreRowOptions][]) {
      await restore(key, options).catch((error) => messages.push(error.message));
    }
    expect(
      messages.map((each) => each.replaceAll(/\d{4}-[\dT:.-]+Z/g, '<time>')),
    ).toMatchInlineSnapshot(`
      [
        "The row cannot be put back exactly: ssn (is redacted in the log), big (was too large for the log). Name these columns as exceptions to restore the others.",
        "app.t had no row with this key at that moment. Its history tells when it had one.",
        "That is no key of the table: its columns (id) cannot hold such values. Pass the key in their types.",
        "The primary key has 1 columns (id), and 2 values were given. Pass one for each.",
        "The moment is neither a time nor the number of a log entry. Pass a Date, a time like <time>, or { id }.",
        "The log of app.t begins at <time>, after that moment. Ask for a later one.",
        "none cannot be left as it is: app.t has no such column. Name other columns of the table.",
        "id cannot be left as it is: it is part of the primary key. Name other columns of the table.",
      ]
    `);
    expect(await rows()).toEqual(before);
    expect(await restore(['1'], { to, except: ['ssn', 'big'] })).toMatchObject({
      changes: { a: { from: 'b', to: 'a' } },
      left: ['ssn', 'big', 'hidden'],
    });
    expect(await rows()).toEqual(['(1,changed,small,changed,a)']);
  });

  test('leaves foreign keys, checks and triggers in force', async () => {
    await db.query(
      'CREATE TABLE app.parent (id int PRIMARY KEY); INSERT INTO app.parent VALUES (1), (2)',
    );
    await audited(
      `CREATE TABLE app.t (id int PRIMARY KEY, parent int REFERENCES app.parent DEFERRABLE INITIALLY DEFERRED, a text CHECK (a <> 'bad'), touched text)`,
    );
    await db.query(`INSERT INTO app.t VALUES (1, 1, 'x', 'then')`);
    const to = await mark();
    await db.query(
      `UPDATE app.t SET parent = 2, a = 'y', touched = 'now'; DELETE FROM app.parent WHERE id = 1`,
    );
    await expect(restore(['1'], { to })).rejects.toMatchObject({
      code: 'TOTHUB_SECURITY_STATEMENT',
      sqlState: '23503',
    });
    expect(await rows()).toEqual(['(1,2,y,now)']);
    await db.query(`INSERT INTO app.parent VALUES (1);
      CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := current_setting('TimeZone'); RETURN NEW; END $$;
      CREATE TRIGGER touch BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch();
      SET TimeZone = 'Asia/Tokyo'`);
    expect(await restore(['1'], { to })).toMatchObject({ changedByTriggers: ['touched'] });
    expect(await rows()).toEqual(['(1,1,x,Asia/Tokyo)']);
    await db.query(`RESET TimeZone; UPDATE app.t SET a = 'y';
      CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
      CREATE TRIGGER refuse BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.refuse()`);
    await expect(restore(['1'], { to })).rejects.toThrow(
      /trigger of the table did not let the row be written/,
    );
  });

  test('leaves ignored columns and those added since, and brings both back with a deleted row', async () => {
    await audited(
      `CREATE TABLE app.t (id int PRIMARY KEY, a text, touched text, "constructor" text)`,
      { ignore: ['touched'] },
    );
    await db.query(`INSERT INTO app.t VALUES (1, 'x', 'first', 'c')`);
    const to = await mark();
    await db.query(
      `UPDATE app.t SET touched = 'alone'; UPDATE app.t SET a = 'y', touched = 'with a'`,
    );
    await db.query(`ALTER TABLE app.t ADD added text DEFAULT 'new'`);
    await enableAudit(db, T, { ignore: ['touched'] });
    expect(await restore(['1'], { to })).toMatchObject({
      changes: { a: { from: 'y', to: 'x' } },
      left: ['touched', 'added'],
    });
    expect(await rows()).toEqual(['(1,x,"with a",c,new)']);
    await db.query('DELETE FROM app.t');
    expect(await restore(['1'], { to })).toMatchObject({ action: 'insert', left: ['added'] });
    expect(await rows()).toEqual(['(1,x,alone,c,new)']);
  });

  test('refuses where the audit was off, unless the content is proven', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x', 'y'), (2, 'x', 'y')`);
    const to = await mark();
    await db.query(`UPDATE app.t SET a = 'seen'`);
    await disableAudit(db, T);
    await db.query(`UPDATE app.t SET b = 'unseen' WHERE id = 2`);
    await enableAudit(db, T);
    expect(await restore(['1'], { to })).toMatchObject({ action: 'update' });
    await expect(restore(['2'], { to })).rejects.toThrow(
      /cannot be told for certain\. The audit was off from/,
    );
  });

  test('refuses a row that the log contradicts', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'x', 'y')`);
    const to = await mark();
    await db.query(`ALTER TABLE app.t DISABLE TRIGGER audit_update; UPDATE app.t SET b = 'unseen';
      ALTER TABLE app.t ENABLE ALWAYS TRIGGER audit_update; UPDATE app.t SET a = 'seen'`);
    await expect(restore(['1'], { to })).rejects.toThrow(
      /does not have the content that the log says it had/,
    );
  });

  test('does not write over a change that is made meanwhile', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY, a text, b text)');
    await db.query(`INSERT INTO app.t VALUES (1, 'then', 'then')`);
    const to = await mark();
    await db.query(`UPDATE app.t SET a = 'now'`);
    const other = new pg.Client(database.url);
    await other.connect();
    await other.query(`BEGIN; UPDATE app.t SET b = 'other'`);
    const restoring = restore(['1'], { to });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await other.query('COMMIT');
    await other.end();
    expect(await restoring).toMatchObject({
      changes: { a: { from: 'now', to: 'then' }, b: { from: 'other', to: 'then' } },
    });
    expect(await rows()).toEqual(['(1,then,then)']);
  });

  test('refuses inside a transaction, and does not end it', async () => {
    await audited('CREATE TABLE app.t (id int PRIMARY KEY)');
    await db.query('BEGIN; INSERT INTO app.t VALUES (9)');
    await expect(restore(['1'], { to: new Date() })).rejects.toMatchObject({ sqlState: '25001' });
    await db.query('COMMIT');
    expect(await rows()).toEqual([]);
  });
});
