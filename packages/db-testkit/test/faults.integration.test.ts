import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../src/index.ts';
import { testCluster } from '../src/vitest.ts';

const { major } = testCluster();

async function withServer(
  settings: Record<string, string>,
  use: (server: PostgresServer) => Promise<void>,
): Promise<void> {
  const server = await startPostgres({ major, settings });
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

async function value(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return (rows[0] as unknown[] | undefined)?.[0];
  } finally {
    await client.end();
  }
}

test.each(['clean', 'crash'] as const)(
  'after a %s halt the same data are served on the same port',
  (how) =>
    withServer({ synchronous_commit: 'on' }, async (server) => {
      const { pid } = server;
      await server.execute('postgres', 'CREATE TABLE t (n int); INSERT INTO t VALUES (7)');
      await server.halt(how);
      await expect(value(server.url(), 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
      await server.resume();
      await server.resume();
      expect(server.pid).not.toBe(pid);
      expect(await value(server.url(), 'SELECT n FROM t')).toBe(7);
    }),
);

test('a halted server leaves nothing when it is stopped', async () => {
  const server = await startPostgres({ major });
  await server.halt();
  await server.stop();
  expect(existsSync(dirname(server.dataDir))).toBe(false);
});

test('a replica follows, takes reads only, and can be lost', () =>
  withServer({ wal_level: 'replica', max_wal_senders: '4' }, async (server) => {
    await server.execute('postgres', 'CREATE TABLE t (n int); INSERT INTO t VALUES (1)');
    const replica = await server.startReplica();
    try {
      expect(await value(replica.url(), 'SELECT pg_is_in_recovery()')).toBe(true);
      await server.execute('postgres', 'INSERT INTO t VALUES (2)');
      const rows = () => value(replica.url(), 'SELECT count(*)::int FROM t');
      for (let waited = 0; (await rows()) !== 2 && waited < 10_000; waited += 20) await sleep(20);
      expect(await rows()).toBe(2);
      await expect(value(replica.url(), 'DELETE FROM t')).rejects.toThrow(/read-only/);
    } finally {
      await replica.stop();
    }
    expect(existsSync(dirname(replica.dataDir))).toBe(false);
    expect(await value(server.url(), 'SELECT count(*)::int FROM t')).toBe(2);
  }));
