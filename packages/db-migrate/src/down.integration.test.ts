import { expect, test } from 'vitest';
import { scenario } from '../test/scenario.ts';
import { MigrationFailedError, MigrationIntegrityError, MigrationRefusedError } from './errors.ts';

const three = (n: number) => ({
  [`000${n}_t${n}.up.sql`]: `CREATE TABLE t${n} ();`,
  [`000${n}_t${n}.down.sql`]: `DROP TABLE t${n};`,
});
const FILES = { ...three(1), ...three(2), ...three(3) };
const TABLES = `SELECT string_agg(relname, ' ' ORDER BY relname) AS tables FROM pg_class WHERE relname ~ '^t\\d$'`;

test('takes back one, several, or down to a version, and up brings all back', async () => {
  await using s = await scenario(FILES);
  await s.migrator().up();
  expect((await s.migrator().down()).reverted.map((m) => m.version)).toEqual(['0003']);
  await s.migrator().up();
  expect((await s.migrator().down({ to: '1' })).reverted.map((m) => m.version)).toEqual([
    '0003',
    '0002',
  ]);
  expect(await s.rows(TABLES)).toEqual([{ tables: 't1' }]);
  await s.migrator().up();
  expect(await s.migrator().down({ to: '0000', dryRun: true })).toMatchObject({
    reverted: [],
    plan: [{ version: '0003' }, { version: '0002' }, { version: '0001', direction: 'down' }],
  });
  expect((await s.migrator().down({ steps: 99 })).reverted).toHaveLength(3);
  expect(await s.migrator().down()).toEqual({ reverted: [], plan: [] });
  await s.migrator().up();
  expect(await s.migrator().verify()).toEqual({ ok: true, problems: [] });
});

test('refuses what it cannot take back before it touches anything', async () => {
  await using s = await scenario(FILES);
  await s.migrator().up();
  await s.files({ '0001_t1.down.sql': null });
  await expect(s.migrator().down({ steps: 3 })).rejects.toThrow('0001_t1 has no .down.sql file');
  await expect(s.migrator().down({ to: '0009' })).rejects.toBeInstanceOf(MigrationRefusedError);
  await expect(s.migrator().down({ steps: 0 })).rejects.toBeInstanceOf(RangeError);
  expect(await s.rows(TABLES)).toEqual([{ tables: 't1 t2 t3' }]);
});

test('a failed down leaves the migration in place, says so, and can be run again', async () => {
  await using s = await scenario({ ...FILES, '0003_t3.down.sql': 'DROP TABLE t3; SELECT 1/0;' });
  await s.migrator().up();
  await expect(s.migrator().down()).rejects.toBeInstanceOf(MigrationFailedError);
  expect((await s.migrator().status())[2]).toMatchObject({
    state: 'failed',
    ledger: { direction: 'down', error: { sqlstate: '22012' } },
  });
  await s.files({ '0004_t4.up.sql': 'CREATE TABLE t4 ();', '0003_t3.down.sql': 'DROP TABLE t3;' });
  expect((await s.migrator().up()).applied.map((m) => m.version)).toEqual(['0004']);
  expect((await s.migrator().status())[2]).toMatchObject({ state: 'applied' });
  expect((await s.migrator().verify()).ok).toBe(true);
  await s.files({ '0004_t4.down.sql': 'DROP TABLE t4;' });
  await s.migrator().down({ to: '2' });
  expect(await s.rows(TABLES)).toEqual([{ tables: 't1 t2' }]);
});

test('a half reverted migration is resumed by down and stops up', async () => {
  await using s = await scenario({
    ...FILES,
    '0003_t3.down.sql': '-- tothub: no-transaction\nDROP TABLE t3; SELECT 1/0;',
  });
  await s.migrator().up();
  await expect(s.migrator().down()).rejects.toBeInstanceOf(MigrationFailedError);
  const error = await s
    .migrator()
    .up()
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(MigrationIntegrityError);
  expect((error as MigrationIntegrityError).problems[0]?.kind).toBe('half reverted');
  await s.files({ '0003_t3.down.sql': '-- tothub: no-transaction\nDROP TABLE t3; SELECT 1;' });
  expect((await s.migrator().down()).reverted.map((m) => m.version)).toEqual(['0003']);
  await s.migrator().up();
  expect(await s.rows(TABLES)).toEqual([{ tables: 't1 t2 t3' }]);
});

test('a half applied migration stops down', async () => {
  await using s = await scenario({
    ...FILES,
    '0004_t4.up.sql': '-- tothub: no-transaction\nCREATE TABLE t4 (); SELECT 1/0;',
  });
  await expect(s.migrator().up()).rejects.toBeInstanceOf(MigrationFailedError);
  await expect(s.migrator().down()).rejects.toThrow('half applied. Run up first');
});

test('a down killed in its first stepwise statement is not taken for in place', async () => {
  await using s = await scenario({
    ...FILES,
    '0003_t3.down.sql': '-- tothub: no-transaction\nDROP TABLE IF EXISTS t3;',
  });
  await s.migrator().up();
  await s.client.query(
    `DROP TABLE t3; UPDATE tothub.migrations SET state = 'running', direction = 'down', statements_done = 0, statements_checksum = '' WHERE version = '0003'`,
  );
  await expect(s.migrator().up()).rejects.toThrow('half reverted');
  await s.migrator().down();
  expect(s.events.map((e) => e.type)).toContain('statement-repeated');
  await s.migrator().up();
  expect(await s.rows(TABLES)).toEqual([{ tables: 't1 t2 t3' }]);
});
