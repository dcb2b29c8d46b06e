import { pgbouncerBinary, startPgbouncer } from '@tothub/db-testkit';
import { describe, expect, test } from 'vitest';
import { connect, scenario } from '../../test/scenario.ts';
import { TransactionPoolerError } from '../errors.ts';
import { assertDirectConnection } from './direct-connection.ts';

test('a direct connection passes', async () => {
  await using s = await scenario();
  await expect(assertDirectConnection(s.client, s.url)).resolves.toBeUndefined();
});

describe.skipIf(pgbouncerBinary() === undefined)('behind pgbouncer', () => {
  const FILES = { '0001_a.up.sql': 'CREATE TABLE a ();' };

  test.each([
    ['transaction mode', 'transaction', { default_pool_size: 3 }],
    ['transaction mode with one server connection', 'transaction', { default_pool_size: 1 }],
    [
      'transaction mode that takes turns',
      'transaction',
      { default_pool_size: 3, server_round_robin: 1 },
    ],
    ['statement mode', 'statement', { default_pool_size: 1 }],
  ] as const)('refuses %s', async (_, mode, settings) => {
    await using s = await scenario(FILES);
    await using pool = await startPgbouncer({ url: s.url, mode, settings });
    // Warm servers are the harder case: the pooler then has several to hand out.
    await using one = await connect(pool.url);
    await using two = await connect(pool.url);
    const together = settings.default_pool_size === 3 ? [one, two] : [one];
    await Promise.all(together.map((c) => c.query('SELECT pg_sleep(0.05)')));
    const migrator = s.migrator({ connectionString: pool.url });
    await expect(migrator.up()).rejects.toBeInstanceOf(TransactionPoolerError);
    await expect(assertDirectConnection(one, pool.url)).rejects.toBeInstanceOf(
      TransactionPoolerError,
    );
    expect(await s.rows(`SELECT FROM pg_class WHERE relname IN ('a', 'migrations')`)).toEqual([]);
  });

  test('passes session mode, where a session is a session', async () => {
    await using s = await scenario(FILES);
    await using pool = await startPgbouncer({ url: s.url, mode: 'session' });
    const { applied } = await s.migrator({ connectionString: pool.url }).up();
    expect(applied).toHaveLength(1);
  });

  test('reads the status through a transaction pooler, which needs no session', async () => {
    await using s = await scenario(FILES);
    await using pool = await startPgbouncer({ url: s.url });
    const migrator = s.migrator({ connectionString: pool.url });
    expect((await migrator.status()).map((m) => m.state)).toEqual(['pending']);
    expect((await migrator.verify()).ok).toBe(true);
  });
});
