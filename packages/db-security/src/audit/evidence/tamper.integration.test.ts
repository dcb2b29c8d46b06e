/** What somebody who owns the log, or the server, may do to it, and whether it is found: with an anchor and without. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { db, useDatabase } from '../../../test/own-database.ts';
import { enableAudit } from '../enable-audit.ts';
import { installAudit } from '../install-audit.ts';
import { chainHash, entryHash, rowsHash } from './entry-hash.ts';
import { sealAudit } from './seal-audit.ts';
import { verifyAudit } from './verify-audit.ts';

let anchor: string;

useDatabase();

beforeAll(async () => {
  await installAudit(db);
  await db.query('CREATE TABLE t (id int PRIMARY KEY, note text)');
  await enableAudit(db, { schema: 'public', name: 't' });
  await db.query(`SELECT audit.make_month((date_trunc('month', now() AT TIME ZONE 'UTC') - interval '2 months')::date, 1000);
    ALTER TABLE audit.log DISABLE TRIGGER ALL;
    INSERT INTO audit.log (at, schema_name, table_name, operation, row_key, old_values, login_role)
      SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '40 days', 'public', 't', 'DELETE', ARRAY[n::text], '{"note": "old"}', 'x'
      FROM generate_series(1, 5) AS n;
    SELECT audit.add_partitions();
    INSERT INTO t SELECT n, 'n' || n FROM generate_series(1, 10) AS n`);
  await sealAudit(db);
  await db.query(`BEGIN; INSERT INTO t SELECT n FROM generate_series(100, 104) AS n; ROLLBACK`);
  await db.query(`UPDATE t SET note = note || 'x'`);
  await sealAudit(db);
  await db.query('DELETE FROM t WHERE id > 7');
  await sealAudit(db);
  // Until all ids are known to be over: transactions in other databases of the server can delay it.
  await vi.waitFor(async () => {
    anchor = (await sealAudit(db)).anchor ?? '';
    const { rows } = await db.query(
      'SELECT low_id = last_id AS "isUp" FROM audit.seal ORDER BY number DESC LIMIT 1',
    );
    expect(rows[0].isUp).toBe(true);
  }, 10_000);
});

// Every attack is rolled back; it and the examination see the same transaction.
beforeEach(async () => {
  await db.query(
    'BEGIN; ALTER TABLE audit.log DISABLE TRIGGER ALL; ALTER TABLE audit.seal DISABLE TRIGGER ALL',
  );
});
afterEach(async () => {
  await db.query('ROLLBACK');
});

/** The kinds of problems, without the anchor and with it. */
async function found(): Promise<{ alone: string[]; anchored: string[] }> {
  const [alone, anchored] = [await verifyAudit(db), await verifyAudit(db, { anchor })];
  const kinds = ({ problems }: typeof alone) => [...new Set(problems.map(({ kind }) => kind))];
  expect(alone.ok).toBe(alone.problems.length === 0);
  return { alone: kinds(alone), anchored: kinds(anchored) };
}

/** The first ids of the newest month, of seal 2 or 1. */
const FIRST = "(SELECT min(id) FROM audit.log WHERE operation = 'UPDATE')";
const OLD_PARTITION = `(SELECT tableoid::regclass::text FROM audit.log WHERE login_role = 'x' LIMIT 1)`;

async function oldPartition(): Promise<string> {
  return (await db.query(`SELECT ${OLD_PARTITION} AS name`)).rows[0].name;
}

test('a log that nobody touched is whole, with gaps of ids and an anchor', async () => {
  const result = await verifyAudit(db, { anchor });
  expect(result).toMatchObject({
    ok: true,
    problems: [],
    unsealed: 0,
    retentions: [],
    erasures: [],
  });
  expect(result.sealed).toBe(5 + 1 + 10 + 10 + 3);
});

describe('found without an anchor', () => {
  test.each([
    ['at', `at + interval '1 microsecond'`],
    ['transaction_id', `'1'`],
    ['schema_name', `'other'`],
    ['table_name', `'other'`],
    ['partition_name', `'public.p'`],
    ['operation', `'INSERT'`],
    ['row_key', `ARRAY['2']`],
    ['row_key', 'NULL'],
    ['old_values', `'{"note": "n1 "}'`],
    ['new_values', `'{"note": null}'`],
    ['row_count', '0'],
    ['content_hash', `sha256('')`],
    ['salt', 'gen_random_uuid()'],
    ['salt', 'NULL'],
    ['actor', `'somebody else'`],
    ['login_role', `'somebody else'`],
    ['set_role', `''`],
  ])('one entry with another %s (%s)', async (column, value) => {
    const { rows } = await db.query(
      `UPDATE audit.log SET ${column} = ${value} WHERE id = ${FIRST} RETURNING id`,
    );
    const { problems } = await verifyAudit(db);
    expect(problems).toMatchObject([{ kind: 'entries-changed', seal: 3, ids: [rows[0].id] }]);
  });

  test.each([
    ['month', `month - 31`],
    ['ids', `ids - '{[1,2)}'::int8multirange + '{[900,901)}'`],
    ['row_count', 'row_count + 1'],
    ['rows_hash', `sha256('')`],
    ['chain_hash', `sha256('')`],
    ['low_id', 'low_id + 1'],
    ['last_id', 'last_id - 1'],
    ['next_xid', `'1'`],
    ['sealed_at', `sealed_at + interval '1 microsecond'`],
  ])('a seal with another %s', async (column, value) => {
    await db.query(`UPDATE audit.seal SET ${column} = ${value} WHERE number = 2`);
    expect((await found()).alone).toContain('seal-changed');
  });

  test('an entry deleted from the middle, with its id', async () => {
    const { rows } = await db.query(`DELETE FROM audit.log WHERE id = ${FIRST} RETURNING id`);
    const { problems } = await verifyAudit(db);
    expect(problems).toMatchObject([{ kind: 'entries-missing', ids: [rows[0].id] }]);
  });

  test('the last entries deleted', async () => {
    await db.query('DELETE FROM audit.log WHERE id > (SELECT max(id) - 2 FROM audit.log)');
    expect((await found()).alone).toEqual(['entries-missing']);
  });

  test('a seal deleted, whichever but the last', async () => {
    await db.query('DELETE FROM audit.seal WHERE number = 1');
    const { problems } = await verifyAudit(db);
    expect(problems.map(({ kind, seal }) => [kind, seal])).toEqual([
      ['seal-missing', 1],
      ['entries-added', undefined],
    ]);
  });

  test('two entries that have changed ids', async () => {
    const { rows } = await db.query(`SELECT ${FIRST}::int AS id`);
    const id: number = rows[0].id;
    for (const [from, to] of [
      [id, -1],
      [id + 1, id],
      [-1, id + 1],
    ]) {
      await db.query('UPDATE audit.log SET id = $2 WHERE id = $1', [from, to]);
    }
    expect((await found()).alone).toEqual(['entries-changed']);
  });

  test.each([
    ['in the gap that a rollback left', `(SELECT max(id) + 1 FROM audit.log WHERE id < ${FIRST})`],
    ['under a negative id', '-5'],
    ['under id 0', '0'],
  ])('an entry forged %s', async (_, id) => {
    await db.query(`INSERT INTO audit.log (id, schema_name, table_name, operation, row_key, login_role)
      VALUES (${id}, 'public', 't', 'UPDATE', '{1}', 'app')`);
    const { problems } = await verifyAudit(db);
    expect(problems).toMatchObject([{ kind: 'entries-added', ids: [expect.any(String)] }]);
  });

  test('an entry forged under an id that another has, in the same month or in another', async () => {
    for (const at of ['now()', `now() - interval '1 year'`, `'infinity'`]) {
      await db.query('SAVEPOINT s');
      const { rows } =
        await db.query(`INSERT INTO audit.log (id, at, schema_name, table_name, operation, row_key, login_role)
        VALUES (${FIRST}, ${at}, 'public', 't', 'UPDATE', '{1}', 'app') RETURNING id`);
      const { problems } = await verifyAudit(db);
      expect(problems).toMatchObject([{ kind: 'entries-added', ids: [rows[0].id] }]);
      await db.query('ROLLBACK TO s');
    }
  });

  test('all entries renumbered', async () => {
    await db.query('UPDATE audit.log SET id = id + 1000');
    expect((await found()).alone).toContain('month-missing');
  });

  test('a partition emptied, detached or dropped', async () => {
    const name = await oldPartition();
    const month = name.slice(-7).replace('_', '-');
    for (const [attack, kinds] of [
      [`ALTER TABLE ${name} DISABLE TRIGGER ALL; TRUNCATE ${name}`, ['month-missing']],
      [`ALTER TABLE audit.log DETACH PARTITION ${name}`, ['log-replaced', 'month-missing']],
      [`DROP TABLE ${name}`, ['month-missing']],
    ] as const) {
      await db.query('SAVEPOINT s');
      await db.query(attack);
      expect((await found()).alone).toEqual(kinds);
      expect((await verifyAudit(db)).problems.at(-1)).toMatchObject({ month, seal: 1 });
      await db.query('ROLLBACK TO s');
    }
  });

  test('an entry moved into another month', async () => {
    await db.query(`UPDATE audit.log SET at = at - interval '60 days' WHERE id = ${FIRST}`);
    expect((await found()).alone).toEqual(['entries-missing', 'entries-added']);
  });

  test('values erased by hand, with no note, with one that is not sealed, or with one for another entry', async () => {
    const erase = `UPDATE audit.log AS l SET erased_hash = (SELECT sha256('x')), salt = NULL, old_values = NULL WHERE id = ${FIRST}`;
    await db.query(erase);
    expect((await found()).alone).toEqual(['entries-changed', 'erased-without-note']);
    const note = (id: string) =>
      db.query(
        `SELECT audit.write_note('public', 't', 'ERASURE', jsonb_build_object('columns', NULL, 'reason', 'r', 'entries', jsonb_build_object(${id}, 'ff')))`,
      );
    await db.query('ALTER TABLE audit.log ENABLE TRIGGER ALL');
    await note(`(${FIRST})::text`);
    expect((await found()).alone).toContain('erased-without-note');
    await note(`'1'`);
    await db.query('SELECT audit.seal_log(NULL)');
    // The first note is sealed now, and what it says is left of the entry is not what is left.
    expect((await found()).alone).toEqual(['entries-changed', 'erased-changed']);
  });

  test('what erasure left, edited afterwards', async () => {
    await db.query('ALTER TABLE audit.log ENABLE ALWAYS TRIGGER guard_update');
    await db.query(
      `SELECT audit.erase_entries(ARRAY[${FIRST}], 'public', 't', ARRAY['other'], false, 'r', false)`,
    );
    expect((await found()).alone).toEqual([]);
    await db.query('ALTER TABLE audit.log DISABLE TRIGGER ALL');
    await db.query(`UPDATE audit.log SET new_values = '{"note": "nicer"}' WHERE id = ${FIRST}`);
    expect((await found()).alone).toEqual(['erased-changed']);
  });

  test('a note of retention that is not sealed, or that is contradicted by what is there', async () => {
    const name = await oldPartition();
    const month = name.slice(-7).replace('_', '-');
    await db.query(
      `SELECT audit.write_note('audit', 'log', 'RETENTION', '{"month": "${month}", "rows": 5, "seals": "{[1,2)}"}')`,
    );
    await db.query('SAVEPOINT s');
    await db.query(`DROP TABLE ${name}`);
    expect((await found()).alone).toEqual(['month-missing']);
    await db.query('ROLLBACK TO s');
    await db.query('SELECT audit.seal_log(NULL)');
    expect((await found()).alone).toEqual(['retention-contradicted']);
  });

  test('a note of retention that claims less than it excuses: what is gone is told by the seals', async () => {
    const name = await oldPartition();
    await db.query(
      `SELECT audit.write_note('audit', 'log', 'RETENTION', '{"month": "1999-01", "rows": 1, "seals": "{[1,2)}"}'), audit.seal_log(NULL)`,
    );
    await db.query(`DROP TABLE ${name}`);
    const { ok, retentions } = await verifyAudit(db, { anchor });
    expect(ok).toBe(true);
    expect(retentions).toMatchObject([
      { month: name.slice(-7).replace('_', '-'), entries: 5, role: 'postgres' },
    ]);
  });

  test('a sealed note that was edited excuses nothing', async () => {
    const name = await oldPartition();
    await db.query(
      `SELECT audit.write_note('audit', 'log', 'RETENTION', '{"month": "1999-01", "rows": 0, "seals": "{}"}'), audit.seal_log(NULL)`,
    );
    await db.query(
      `UPDATE audit.log SET new_values = new_values || '{"seals": "{[1,2)}"}' WHERE operation = 'RETENTION'`,
    );
    await db.query(`DROP TABLE ${name}`);
    expect((await found()).alone).toEqual(['entries-changed', 'month-missing']);
  });

  test('a note that says nothing', async () => {
    await db.query(
      `SELECT audit.write_note('audit', 'log', 'RETENTION', '{"seals": 7}'), audit.seal_log(NULL)`,
    );
    expect((await found()).alone).toEqual(['note-unreadable']);
  });

  test('a function in the place of the one that seals', async () => {
    const { rows } = await db.query(`SELECT pg_get_functiondef('audit.seal_log'::regproc) AS sql`);
    await db.query(rows[0].sql.replaceAll(entryHash('l'), `sha256('')`));
    await db.query('INSERT INTO t VALUES (50)');
    await db.query('SELECT audit.seal_log(NULL)');
    expect((await found()).alone).toEqual(['entries-changed']);
  });

  test('the sequence set back, and sealing refuses to go on', async () => {
    await db.query(`SELECT setval('audit.log_id_seq', 3)`);
    expect((await found()).alone).toEqual(['sequence-set-back']);
    await db.query('INSERT INTO t VALUES (50)');
    await expect(sealAudit(db)).rejects.toMatchObject({
      code: 'TOTHUB_SECURITY_EVIDENCE',
      message: expect.stringMatching(/was set back\. Set it above/),
    });
    await db.query('ROLLBACK; BEGIN');
    // It stays set back: a sequence knows no rollback.
    await db.query(`INSERT INTO t VALUES (51); SELECT setval('audit.log_id_seq', 100)`);
    await sealAudit(db);
    const { problems } = await verifyAudit(db);
    expect(problems).toMatchObject([{ kind: 'entries-added' }]);
  });

  test.each([
    [
      'a view',
      'ALTER TABLE audit.log RENAME TO kept; CREATE VIEW audit.log AS SELECT * FROM audit.kept',
    ],
    ['a policy', 'ALTER TABLE audit.log ENABLE ROW LEVEL SECURITY'],
    ['a policy on the seals', 'ALTER TABLE audit.seal ENABLE ROW LEVEL SECURITY'],
    ['a rule', 'CREATE RULE r AS ON UPDATE TO audit.seal DO INSTEAD NOTHING'],
    ['no default partition', 'ALTER TABLE audit.log DETACH PARTITION audit.log_default'],
  ])('%s that stands between', async (_, attack) => {
    await db.query(attack);
    expect((await found()).alone).toContain('log-replaced');
  });

  test('seals added in a child of their table are not looked at', async () => {
    await db.query(
      'CREATE TABLE audit.more () INHERITS (audit.seal); INSERT INTO audit.more SELECT * FROM audit.seal',
    );
    expect((await found()).alone).toEqual([]);
  });
});

describe('found only with an anchor', () => {
  test('the end cut off, entries and seals', async () => {
    await db.query(`DELETE FROM audit.log WHERE operation = 'DELETE' AND login_role <> 'x'`);
    await db.query('DELETE FROM audit.seal WHERE number > 3');
    expect(await found()).toEqual({ alone: [], anchored: ['cut-off'] });
  });

  test('all seals deleted', async () => {
    await db.query('DELETE FROM audit.seal');
    expect(await found()).toEqual({ alone: [], anchored: ['cut-off'] });
  });

  test('an entry changed and every later seal computed anew', async () => {
    await db.query(`UPDATE audit.log SET actor = 'nobody' WHERE id = ${FIRST}`);
    await db.query(`DO $$ DECLARE s audit.seal; previous bytea; BEGIN
      FOR s IN SELECT * FROM audit.seal ORDER BY number LOOP
        SELECT ${rowsHash(entryHash('l'), 'l.id')} INTO s.rows_hash FROM audit.log AS l WHERE l.id <@ s.ids;
        previous := ${chainHash('s', 'previous')};
        UPDATE audit.seal SET rows_hash = s.rows_hash, chain_hash = previous WHERE number = s.number;
      END LOOP; END $$`);
    expect(await found()).toEqual({ alone: [], anchored: ['anchor-differs'] });
  });
});

test('a damaged anchor is refused, not taken for none', async () => {
  for (const text of [
    '',
    '{}',
    'null',
    anchor.replace('"seal":', '"seal":-'),
    anchor.slice(0, -3),
  ]) {
    await expect(verifyAudit(db, { anchor: text })).rejects.toMatchObject({
      code: 'TOTHUB_SECURITY_EVIDENCE',
    });
  }
});

test('functions and operators before those of PostgreSQL are refused', async () => {
  await db.query(`CREATE SCHEMA evil; CREATE FUNCTION evil.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$;
    SET LOCAL search_path = evil, pg_catalog`);
  await expect(verifyAudit(db)).rejects.toMatchObject({ code: 'TOTHUB_SECURITY_EVIDENCE' });
});
