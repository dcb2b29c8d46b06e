/** Erasure of one record's values: gone everywhere in the log, nobody else's touched, and the log still verifies. */
import { testDatabase } from '@tothub/db-testkit/vitest';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enableAudit } from '../enable-audit.ts';
import { readAnchor } from '../evidence/anchor.ts';
import { sealAudit } from '../evidence/seal-audit.ts';
import { verifyAudit } from '../evidence/verify-audit.ts';
import { installAudit } from '../install-audit.ts';
import { eraseAudit } from './erase-audit.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: pg.Client;
let other: pg.Client;
const table = { schema: 'public', name: 'Kids "1"' };
const t = '"Kids ""1"""';
const FULL = { mode: 'full', truncate: 'count' } as const;

beforeEach(async () => {
  database = await testDatabase();
  db = new pg.Client(database.url);
  other = new pg.Client(database.url);
  await Promise.all([db.connect(), other.connect()]);
  await installAudit(db);
  await db.query(`CREATE TABLE ${t} (id int PRIMARY KEY, name text, "a.b" text, tags text[])`);
  await db.query('CREATE TABLE visits (id int PRIMARY KEY, note text)');
  await enableAudit(db, table, FULL);
  await enableAudit(db, { schema: 'public', name: 'visits' });
  await db.query(
    `INSERT INTO ${t} VALUES (1, 'ANNA', 'FLAT-1', '{LACTOSE}'), (2, 'BEN', 'FLAT-2', NULL)`,
  );
  await db.query(`INSERT INTO visits VALUES (1, 'stays'); UPDATE visits SET note = 'STAYS'`);
  await sealAudit(db);
  await db.query(`UPDATE ${t} SET name = name || '-MARIA', id = id + 10`);
  await db.query(`DELETE FROM ${t} WHERE id = 11`);
});

afterEach(async () => {
  await Promise.all([db.end(), other.end()]);
  await database.drop();
});

/** All that the log says, as text. */
async function logText(): Promise<string> {
  const { rows } = await db.query('SELECT string_agg(l::text, $1) AS text FROM audit.log AS l', [
    '\n',
  ]);
  return rows[0].text;
}

async function sizes() {
  return (
    await db.query(
      'SELECT (SELECT count(*)::int FROM audit.log) AS entries, (SELECT count(*)::int FROM audit.seal) AS seals',
    )
  ).rows[0];
}

const erasure = { table, key: ['11'], reason: 'request 7' };

test('takes the values of one record through a change of its key, sealed or not, and those of nobody else', async () => {
  const anchor = await readAnchor(db);
  const before = await sizes();
  expect(await eraseAudit(db, { ...erasure, dryRun: true })).toEqual({ entries: 3, erased: 3 });
  expect(await sizes()).toEqual(before);
  expect(await eraseAudit(db, erasure)).toEqual({ entries: 3, erased: 3 });
  const text = await logText();
  for (const gone of ['ANNA', 'FLAT-1', 'LACTOSE']) expect(text).not.toContain(gone);
  for (const kept of ['BEN', 'BEN-MARIA', 'FLAT-2', 'STAYS', 'request 7'])
    expect(text).toContain(kept);
  await sealAudit(db);
  expect(await verifyAudit(db, { anchor })).toMatchObject({
    ok: true,
    unsealed: 0,
    erasures: [
      {
        schema: 'public',
        table: 'Kids "1"',
        entries: 3,
        columns: null,
        reason: 'request 7',
        actor: null,
      },
    ],
  });
});

test('a second time finds nothing left, and leaves no note', async () => {
  await eraseAudit(db, erasure);
  const before = await sizes();
  expect(await eraseAudit(db, { ...erasure, reason: 'again' })).toEqual({ entries: 3, erased: 0 });
  expect(await sizes()).toEqual(before);
});

test('takes only the columns that are named, and more of them later', async () => {
  await eraseAudit(db, { ...erasure, columns: ['a.b'] });
  expect(await logText()).not.toContain('FLAT-1');
  expect(await logText()).toContain('ANNA-MARIA');
  expect(await verifyAudit(db)).toMatchObject({ ok: true });
  await eraseAudit(db, { ...erasure, columns: ['name', 'tags'] });
  for (const gone of ['ANNA', 'LACTOSE']) expect(await logText()).not.toContain(gone);
  expect(await verifyAudit(db)).toMatchObject({
    ok: true,
    erasures: [{ columns: ['a.b'] }, { columns: ['name', 'tags'] }],
  });
});

test('what stays of an erased entry cannot lead back to what went: salts and hashes are fresh each time', async () => {
  const salts = async () =>
    (
      await db.query(
        `SELECT salt FROM audit.log WHERE row_key IN ('{1}', '{11}') AND table_name = $1 ORDER BY id`,
        [table.name],
      )
    ).rows.map(({ salt }) => salt);
  const original = await salts();
  await eraseAudit(db, { ...erasure, columns: ['a.b'] });
  const between = await salts();
  await eraseAudit(db, erasure);
  const last = await salts();
  expect(new Set([...original, ...between, ...last]).size).toBe(9);
});

test('the key goes too when a column of it is named', async () => {
  expect(await eraseAudit(db, { ...erasure, columns: ['id', 'name'] })).toEqual({
    entries: 3,
    erased: 3,
  });
  const { rows } = await db.query(
    'SELECT count(*)::int AS count FROM audit.log WHERE table_name = $1 AND (row_key && $2 OR new_key && $2)',
    [table.name, ['1', '11']],
  );
  expect(rows[0].count).toBe(0);
  expect(await verifyAudit(db)).toMatchObject({ ok: true });
  expect(await eraseAudit(db, erasure)).toEqual({ entries: 0, erased: 0 });
});

test('rows copied at a TRUNCATE are erased like others', async () => {
  await enableAudit(db, table, { truncate: 'copy' });
  await db.query(`TRUNCATE ${t}`);
  expect(await eraseAudit(db, { ...erasure, key: ['12'] })).toMatchObject({ erased: 3 });
  expect(await logText()).not.toContain('BEN');
  expect(await verifyAudit(db)).toMatchObject({ ok: true });
});

test('refuses an empty reason, an unknown column and an unknown role, and erases nothing', async () => {
  const before = await logText();
  await expect(eraseAudit(db, { ...erasure, reason: ' ' })).rejects.toMatchObject({
    code: 'TOTHUB_SECURITY_TREATMENT',
  });
  await expect(eraseAudit(db, { ...erasure, columns: ['name', 'Name'] })).rejects.toThrow(
    /never audited: "Name"/,
  );
  const role = `eraser_${database.name}`;
  await db.query(
    `CREATE ROLE ${role}; GRANT pg_read_all_data, pg_write_all_data TO ${role}; GRANT USAGE ON SCHEMA audit TO ${role}`,
  );
  await other.query(`SET SESSION AUTHORIZATION ${role}`);
  await expect(eraseAudit(other, erasure)).rejects.toMatchObject({ sqlState: '42501' });
  await other.query(`BEGIN; SELECT set_config('audit.erasing', pg_current_xact_id()::text, true)`);
  await expect(other.query('UPDATE audit.log SET old_values = NULL')).rejects.toMatchObject({
    code: '42501',
  });
  await other.query('ROLLBACK; RESET SESSION AUTHORIZATION');
  await db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  expect(await logText()).toBe(before);
});

test('two at once, beside sealing and verifying, erase once', async () => {
  const done = await Promise.all([eraseAudit(db, erasure), eraseAudit(other, erasure)]);
  expect(done.map(({ erased }) => erased).sort()).toEqual([0, 3]);
  expect(await verifyAudit(db)).toMatchObject({ ok: true, erasures: [{ entries: 3 }] });
});

test('killed in the middle, nothing is erased and nothing is noted', async () => {
  const { rows } = await db.query(
    `SELECT array_agg(id) AS ids FROM audit.log WHERE row_key = '{11}'`,
  );
  const before = await logText();
  await db.query('BEGIN');
  await db.query(`SELECT audit.erase_entries($1, 'public', 'x', NULL, false, 'r', false)`, [
    rows[0].ids,
  ]);
  expect(await logText()).not.toBe(before);
  await db.query('ROLLBACK');
  expect(await logText()).toBe(before);
  await db.query(`SET statement_timeout = '1ms'`);
  await expect(eraseAudit(db, erasure)).rejects.toMatchObject({ sqlState: '57014' });
  await db.query('RESET statement_timeout');
  expect(await logText()).toBe(before);
});
