import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { db, useDatabase } from '../../test/own-database.ts';
import { auditStatus } from './audit-status.ts';
import { disableAudit, enableAudit } from './enable-audit.ts';
import { installAudit } from './install-audit.ts';
import { withActor } from './with-actor.ts';

let mark = 0;

useDatabase();

beforeAll(async () => {
  await installAudit(db);
});

beforeEach(async () => {
  await db.query('DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app');
  mark = (await db.query('SELECT coalesce(max(id), 0)::int AS id FROM audit.log')).rows[0].id;
});

/** What was logged since the test began, one line an entry. */
async function logged(): Promise<string[]> {
  const { rows } = await db.query(
    `SELECT operation, coalesce(partition_name, table_name) AS name, row_key, old_values, new_values, row_count
     FROM audit.log WHERE id > $1 AND operation NOT IN ('ENABLE', 'DISABLE') ORDER BY id`,
    [mark],
  );
  return rows.map(
    (row) =>
      `${row.operation} ${row.name} ${[row.row_key, row.old_values, row.new_values].map((json) => JSON.stringify(json)).join(' | ')}${row.row_count === null ? '' : ` ${row.row_count} rows`}`,
  );
}

const table = (name: string) => ({ schema: 'app', name });

describe('audited writes', () => {
  test('leave a row each, with only what changed', async () => {
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY, a text, b jsonb)');
    await enableAudit(db, table('t'), { mode: 'full' });
    await db.query(`INSERT INTO app.t VALUES (1, 'x', 'null'), (2, NULL, NULL)`);
    await db.query(`UPDATE app.t SET a = 'y' WHERE id = 1`);
    await db.query('UPDATE app.t SET b = NULL WHERE id = 1');
    await db.query('DELETE FROM app.t WHERE id = 2');
    await db.query('TRUNCATE app.t');
    expect(await logged()).toMatchInlineSnapshot(`
      [
        "INSERT t ["1"] | null | {"a":"x","b":"null","id":"1"}",
        "INSERT t ["2"] | null | {"a":null,"b":null,"id":"2"}",
        "UPDATE t ["1"] | {"a":"x"} | {"a":"y"}",
        "UPDATE t ["1"] | {"b":"null"} | {"b":null}",
        "DELETE t ["2"] | {"a":null,"b":null,"id":"2"} | null",
        "TRUNCATE t null | null | null 1 rows",
      ]
    `);
  });

  test('name the actor, and only within the transaction', async () => {
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY)');
    await enableAudit(db, table('t'));
    await withActor(db, "o'staff:17\n", () => db.query('INSERT INTO app.t VALUES (1)'));
    await db.query('INSERT INTO app.t VALUES (2)');
    const { rows } = await db.query(
      "SELECT actor FROM audit.log WHERE id > $1 AND operation = 'INSERT' ORDER BY id",
      [mark],
    );
    expect(rows).toEqual([{ actor: "o'staff:17\n" }, { actor: null }]);
  });
});

describe('enableAudit', () => {
  test('changes nothing the second time, and disableAudit keeps the log', async () => {
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY)');
    expect(await enableAudit(db, table('t'))).toEqual({ changed: true });
    expect(await enableAudit(db, table('t'))).toEqual({ changed: false });
    await db.query('INSERT INTO app.t VALUES (1)');
    const status = await auditStatus(db);
    expect(status.problems).toEqual([]);
    expect(status.tables).toMatchInlineSnapshot(`
      [
        {
          "exclude": [],
          "ignore": [],
          "name": "t",
          "problems": [],
          "redact": [],
          "schema": "app",
          "triggers": {
            "delete": "always",
            "insert": "always",
            "truncate": "always",
            "update": "always",
          },
        },
      ]
    `);
    await disableAudit(db, table('t'));
    await db.query('INSERT INTO app.t VALUES (2)');
    expect(await logged()).toHaveLength(1);
    expect((await auditStatus(db)).tables).toEqual([]);
  });
});
