import { expect, test } from 'vitest';
import { connect, scenario, until } from '../../test/scenario.ts';
import { MigrationFailedError } from '../errors.ts';

const FILES = {
  '0001_t.up.sql': 'CREATE TABLE t (id int); CREATE TABLE u (id int);',
  '0002_alter.up.sql': 'ALTER TABLE u ADD a int; ALTER TABLE t ADD a int;',
};

test('tries the whole transaction again while others hold the lock, and names them without their query', async () => {
  await using s = await scenario(FILES);
  await s.migrator().up({ to: '1' });
  await using other = await connect(s.url);
  await other.query(`SET application_name = 'app server'; BEGIN; SELECT 'private' FROM t`);
  const run = s.migrator({ lockTimeoutMs: 60 }).up();
  await until(() => s.events.filter((e) => e.type === 'lock-wait').length >= 2);
  await other.query('COMMIT');
  await run;
  const waits = s.events.filter((e) => e.type === 'lock-wait');
  expect(waits[0]).toMatchObject({
    version: '0002',
    sqlstate: '55P03',
    attempt: 1,
    retryInMs: expect.any(Number),
    blockers: [
      {
        pid: (other as unknown as { processID: number }).processID,
        applicationName: 'app server',
        state: 'idle in transaction',
        transactionAgeMs: expect.any(Number),
      },
    ],
  });
  expect(JSON.stringify(waits)).not.toContain('private');
});

test('gives up when the budget is spent, retryable, with nothing kept', async () => {
  await using s = await scenario(FILES);
  await s.migrator().up({ to: '1' });
  await using other = await connect(s.url);
  await other.query('BEGIN; SELECT FROM t');
  const error = await s
    .migrator({ lockTimeoutMs: 50, retryBudgetMs: 300 })
    .up()
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(MigrationFailedError);
  expect(error).toMatchObject({ sqlstate: '55P03', isRetryable: true, place: { statement: 2 } });
  expect(
    await s.rows(`SELECT FROM pg_attribute WHERE attrelid = 'u'::regclass AND attname = 'a'`),
  ).toEqual([]);
  await other.query('COMMIT');
  expect((await s.migrator().up()).applied).toHaveLength(1);
});

test('in a deadlock the runner gives way and tries again', async () => {
  await using s = await scenario(FILES);
  await s.migrator().up({ to: '1' });
  // Waits with its lock in hand until the other one has come up against it, or has gone.
  await s.files({
    '0002_alter.up.sql': `LOCK TABLE u;
      DO $$ BEGIN
        WHILE EXISTS (SELECT FROM pg_locks WHERE relation = 't'::regclass)
          AND NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'u'::regclass AND NOT granted)
        LOOP PERFORM pg_sleep(0.01); END LOOP;
      END $$;
      LOCK TABLE t;`,
  });
  await using other = await connect(s.url);
  await other.query('BEGIN; LOCK TABLE t');
  const run = s.migrator({ lockTimeoutMs: 60_000 }).up();
  await until(
    async () => (await s.rows(`SELECT FROM pg_locks WHERE relation = 'u'::regclass`)).length > 0,
  );
  await other.query('LOCK TABLE u; COMMIT');
  await run;
  expect(s.events.find((e) => e.type === 'lock-wait')).toMatchObject({ sqlstate: '40P01' });
});

test('a runner without the right to look for deadlocks sooner steps out of one in time', async () => {
  await using s = await scenario({ ...FILES, '0002_alter.up.sql': 'LOCK TABLE u; LOCK TABLE t;' });
  const role = `runner_${process.pid}`;
  await s.client.query(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN PASSWORD 'x';
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO ${role}', current_database()); END $$`);
  const connectionString = Object.assign(new URL(s.url), { username: role, password: 'x' }).href;
  await s.migrator({ connectionString }).up({ to: '1' });
  await using other = await connect(s.url);
  await other.query('BEGIN; LOCK TABLE t');
  const run = s.migrator({ connectionString }).up();
  await until(
    async () => (await s.rows(`SELECT FROM pg_locks WHERE relation = 'u'::regclass`)).length > 0,
  );
  await other.query('LOCK TABLE u; COMMIT');
  await run;
  expect(s.events.find((e) => e.type === 'lock-wait')).toMatchObject({ sqlstate: '55P03' });
});

test('a statement outside a transaction is tried again by itself', async () => {
  await using s = await scenario({
    ...FILES,
    '0002_alter.up.sql':
      '-- tothub: no-transaction\nALTER TABLE u ADD a int; ALTER TABLE t ADD a int;',
  });
  await s.migrator().up({ to: '1' });
  await using other = await connect(s.url);
  await other.query('BEGIN; SELECT FROM t');
  const run = s.migrator({ lockTimeoutMs: 50 }).up();
  await until(() => s.events.some((e) => e.type === 'lock-wait'));
  await other.query('COMMIT');
  await run;
  expect(await s.migrator().verify()).toEqual({ ok: true, problems: [] });
});
