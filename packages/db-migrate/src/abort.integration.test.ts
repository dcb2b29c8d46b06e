import { expect, test } from 'vitest';
import { type Scenario, scenario, until } from '../test/scenario.ts';
import {
  MigrationAbortedError,
  MigrationConnectionLostError,
  MigrationFailedError,
} from './errors.ts';

const SLEEP = 'CREATE TABLE a (); SELECT pg_sleep(60);';
const AT_WORK = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tothub-db-migrate' AND state = 'active' AND query LIKE '%pg_sleep%'`;
const LOCKS = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const sleeping = (s: Scenario) => until(async () => (await s.rows(AT_WORK)).length === 1);

test.each([
  ['a transaction', ''],
  ['a stepwise run', '-- tothub: no-transaction\n'],
])('an abort cancels %s on the server, releases the lock and is recorded', async (_, head) => {
  await using s = await scenario({ '0001_a.up.sql': head + SLEEP });
  const controller = new AbortController();
  const run = s.migrator({ signal: controller.signal }).up();
  run.catch(() => {});
  await sleeping(s);
  controller.abort(new Error('Ctrl-C'));
  await expect(run).rejects.toBeInstanceOf(MigrationAbortedError);
  expect(await s.rows(AT_WORK)).toEqual([]);
  expect(await s.rows(LOCKS)).toEqual([]);
  expect(await s.rows('SELECT FROM tothub.migration_lease')).toEqual([]);
  expect(await s.rows(`SELECT to_regclass('a') IS NULL AS gone`)).toEqual([{ gone: head === '' }]);
  expect((await s.migrator().status())[0]).toMatchObject({
    state: 'failed',
    ledger: { error: { sqlstate: '57014' }, statementsDone: head === '' ? 0 : 1 },
  });
  await s.files({ '0001_a.up.sql': `${head}CREATE TABLE a (); SELECT 1;` });
  expect((await s.migrator().up()).applied).toHaveLength(1);
});

test('an abort ends waiting for another runner, and a pause before a retry', async () => {
  await using s = await scenario({ '0001_a.up.sql': SLEEP });
  const first = new AbortController();
  const running = s.migrator({ signal: first.signal }).up();
  running.catch(() => {});
  await sleeping(s);
  const second = new AbortController();
  const waiting = s.migrator({ signal: second.signal }).up();
  waiting.catch(() => {});
  await until(() => s.events.some((e) => e.type === 'runner-waiting'));
  second.abort();
  await expect(waiting).rejects.toBeInstanceOf(MigrationAbortedError);
  first.abort();
  await expect(running).rejects.toBeInstanceOf(MigrationAbortedError);
  await s.files({ '0001_a.up.sql': 'ALTER TABLE t ADD a int;' });
  await s.client.query('CREATE TABLE t ()');
  await s.client.query('BEGIN; SELECT FROM t');
  const third = new AbortController();
  const retrying = s.migrator({ signal: third.signal, lockTimeoutMs: 20 }).up();
  retrying.catch(() => {});
  await until(() => s.events.filter((e) => e.type === 'lock-wait').length > 3);
  third.abort();
  await expect(retrying).rejects.toBeInstanceOf(MigrationAbortedError);
  await s.client.query('COMMIT');
});

test('a signal that is aborted already lets nothing connect', async () => {
  await using s = await scenario();
  const signal = AbortSignal.abort();
  const nowhere = s.migrator({ signal, connectionString: 'postgresql://127.0.0.1:1/x' });
  await expect(nowhere.up()).rejects.toBeInstanceOf(MigrationAbortedError);
});

test('a statement that somebody else cancels is a failure, not an abort', async () => {
  await using s = await scenario({ '0001_a.up.sql': SLEEP });
  const run = s.migrator({ signal: new AbortController().signal }).up();
  run.catch(() => {});
  await sleeping(s);
  await s.rows(`SELECT pg_cancel_backend(pid) FROM (${AT_WORK}) x`);
  await expect(run).rejects.toBeInstanceOf(MigrationFailedError);
});

test('a connection lost in the middle is retryable, and the next run starts the file over', async () => {
  await using s = await scenario({ '0001_a.up.sql': SLEEP });
  const run = s.migrator().up();
  run.catch(() => {});
  await sleeping(s);
  await s.rows(`SELECT pg_terminate_backend(pid) FROM (${AT_WORK}) x`);
  const error = await run.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(MigrationConnectionLostError);
  expect(error).toMatchObject({ isRetryable: true });
  expect((await s.migrator().status())[0]?.state).toBe('failed');
  expect((await s.migrator().verify()).problems.map((p) => p.kind)).toEqual(['failed']);
  await s.files({ '0001_a.up.sql': 'CREATE TABLE a ();' });
  expect((await s.migrator().up()).applied).toHaveLength(1);
});

test('an error of the listener does not stop the run', async () => {
  await using s = await scenario({ '0001_a.up.sql': 'CREATE TABLE a ();' });
  const onEvent = () => {
    throw new Error('no terminal');
  };
  expect((await s.migrator({ onEvent }).up()).applied).toHaveLength(1);
});
