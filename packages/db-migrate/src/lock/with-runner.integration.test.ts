import { expect, test } from 'vitest';
import { type Scenario, scenario, until } from '../../test/scenario.ts';
import { LedgerPermissionError, MigrationLockedError, RunnerLockLostError } from '../errors.ts';

/** Runs on when the test opens the gate, so that no machine is too slow for what happens before. */
const GATED = {
  '0001_a.up.sql': `CREATE TABLE a ();
    DO $$ BEGIN
      WHILE NOT EXISTS (SELECT FROM pg_class WHERE relname = 'gate') LOOP PERFORM pg_sleep(0.01); END LOOP;
    END $$;
    CREATE TABLE a2 ();`,
  '0002_b.up.sql': 'CREATE TABLE b ();',
};
const openGate = (s: Scenario) => s.rows('CREATE TABLE gate ()');
const isAtGate = async (s: Scenario) =>
  (await s.rows(`${backend('tothub-db-migrate')} AND query LIKE '%gate%'`)).length > 0;
/** The connection that holds the lock of the run is gone, on both sides. */
async function killLock(s: Scenario): Promise<void> {
  await s.rows(
    `SELECT pg_terminate_backend(pid, 10000) FROM (${backend('tothub-db-migrate lock')}) x`,
  );
}

const LOCKS = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const backend = (state: string) =>
  `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${state}'`;

test('of two runners at once one waits, and each migration runs once', async () => {
  await using s = await scenario(GATED);
  const runs = Promise.all([s.migrator().up(), s.migrator().up(), s.migrator().up()]);
  runs.catch(() => {});
  await until(() => s.events.filter((e) => e.type === 'runner-waiting').length === 2);
  await openGate(s);
  const results = await runs;
  expect(results.map((r) => r.applied.length).sort()).toEqual([0, 0, 2]);
  expect(s.events.filter((e) => e.type === 'runner-waiting')).toHaveLength(2);
  expect(await s.rows(LOCKS)).toEqual([]);
});

test('a runner that may not wait is refused with the name of the holder', async () => {
  await using s = await scenario(GATED);
  const first = s.migrator().up();
  first.catch(() => {});
  await until(() => s.events.some((e) => e.type === 'migration-started'));
  const error = await s
    .migrator({ waitMs: 0 })
    .up()
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(MigrationLockedError);
  expect(error).toMatchObject({
    isRetryable: true,
    holder: { processId: process.pid, since: expect.any(Date), host: expect.any(String) },
  });
  expect((error as Error).message).toContain(`Process ${process.pid} on `);
  expect((await s.migrator().status()).map((m) => m.state)).toEqual(['running', 'pending']);
  await openGate(s);
  await first;
});

test('a runner stops waiting when its budget is spent', async () => {
  await using s = await scenario(GATED);
  const first = s.migrator().up();
  first.catch(() => {});
  await until(() => s.events.some((e) => e.type === 'migration-started'));
  const began = performance.now();
  await expect(s.migrator({ waitMs: 100 }).up()).rejects.toBeInstanceOf(MigrationLockedError);
  expect(performance.now() - began).toBeGreaterThan(99);
  await openGate(s);
  await first;
});

test('a run whose lock connection dies stops before its next statement', async () => {
  await using s = await scenario(GATED);
  const run = s.migrator().up();
  run.catch(() => {});
  await until(() => isAtGate(s));
  await killLock(s);
  await openGate(s);
  await expect(run).rejects.toBeInstanceOf(RunnerLockLostError);
  expect(await s.rows(`SELECT FROM pg_class WHERE relname IN ('a', 'a2', 'b')`)).toEqual([]);
  expect((await s.migrator().status()).map((m) => m.state)).toEqual(['failed', 'pending']);
  expect((await s.migrator().up()).applied).toHaveLength(2);
  expect(s.events.filter((e) => e.type === 'lease-taken-over')).toHaveLength(1);
});

test('a run whose lease another one has taken commits nothing', async () => {
  await using s = await scenario(GATED);
  const run = s.migrator().up();
  run.catch(() => {});
  await until(() => s.events.some((e) => e.type === 'migration-started'));
  await s.client.query(`UPDATE tothub.migration_lease SET owner = 'somebody else'`);
  await openGate(s);
  await expect(run).rejects.toBeInstanceOf(RunnerLockLostError);
  expect(await s.rows(`SELECT FROM pg_class WHERE relname IN ('a', 'a2', 'b')`)).toEqual([]);
});

test('the statement of a runner that is gone keeps the next one waiting, and is named', async () => {
  await using s = await scenario(GATED);
  const run = s.migrator().up();
  run.catch(() => {});
  await until(() => isAtGate(s));
  await killLock(s);
  const error = await s
    .migrator({ waitMs: 0 })
    .up()
    .catch((e: unknown) => e);
  expect((error as Error).message).toMatch(
    /^A statement of a run that has ended is still at work on the server\. Server process \d+ holds it since /,
  );
  await openGate(s);
  await expect(run).rejects.toBeInstanceOf(RunnerLockLostError);
});

test('runners of two ledgers in one database do not wait for each other', async () => {
  await using s = await scenario(GATED);
  const first = s.migrator({ ledgerSchema: 'one' }).up();
  first.catch(() => {});
  await until(() => s.events.some((e) => e.type === 'migration-started'));
  await s.migrator({ ledgerSchema: 'two', waitMs: 0, directory: import.meta.dirname }).up();
  await openGate(s);
  await first;
});

test('a role without the right to make the ledger is told what to grant', async () => {
  await using s = await scenario({ '0001_a.up.sql': 'CREATE TABLE a ();' });
  await s.client.query(`DROP ROLE IF EXISTS "o'clerk ""x"""; CREATE ROLE "o'clerk ""x""" LOGIN`);
  const url = new URL(s.url);
  url.username = encodeURIComponent(`o'clerk "x"`);
  const asClerk = s.migrator({ connectionString: url.href });
  const error = await asClerk.up().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(LedgerPermissionError);
  const [{ current_database: name } = {}] = await s.rows<{ current_database: string }>(
    'SELECT current_database()',
  );
  expect((error as Error).message.replaceAll(`${name}`, '<database>')).toMatchInlineSnapshot(
    `"The role o'clerk "x" may not create the ledger in schema tothub. Let the owner run: GRANT CREATE ON DATABASE <database> TO "o'clerk ""x""";"`,
  );
  await s.client.query('CREATE SCHEMA tothub');
  await expect(asClerk.up()).rejects.toThrow('GRANT USAGE, CREATE ON SCHEMA tothub');
  await s.client.query('DROP SCHEMA tothub');
  await s.migrator().up();
  await expect(asClerk.status()).rejects.toBeInstanceOf(LedgerPermissionError);
  await expect(asClerk.up()).rejects.toBeInstanceOf(LedgerPermissionError);
  await s.client.query(`DROP OWNED BY "o'clerk ""x"""; DROP ROLE "o'clerk ""x"""`).catch(() => {});
});

test('a wrong password, database or host is one clear error without the password', async () => {
  await using s = await scenario({ '0001_a.up.sql': 'CREATE TABLE a ();' });
  for (const [change, retryable] of [
    [{ pathname: '/nope' }, false],
    [{ username: 'nobody-here' }, false],
    [{ port: '1' }, true],
  ] as const) {
    const url = new URL(s.url);
    url.password = 'hunter2';
    Object.assign(url, change);
    const error = await s
      .migrator({ connectionString: url.href })
      .up()
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'TOTHUB_MIGRATE_CONNECTION', isRetryable: retryable });
    expect(String(error)).not.toContain('hunter2');
  }
  for (const connectionString of [
    'postgresql://a:hunter2@[nope/x',
    'host=h password=hunter2',
    '',
  ]) {
    const garbage = s.migrator({ connectionString });
    const error = await garbage.up().catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'TOTHUB_MIGRATE_CONNECTION', isRetryable: false });
    expect(String(error)).not.toContain('hunter2');
  }
});
