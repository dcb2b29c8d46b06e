import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import {
  PoolerNotFoundError,
  PoolerStartError,
  pgbouncerBinary,
  startPgbouncer,
} from '../src/index.ts';
import { testCluster } from '../src/vitest.ts';

const url = testCluster().adminUrl;

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function backend(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

test('a machine without it is told how to get it', async () => {
  vi.stubEnv('PGTEST_PGBOUNCER', '/nowhere/pgbouncer');
  try {
    expect(pgbouncerBinary()).toBeUndefined();
    await expect(startPgbouncer({ url })).rejects.toBeInstanceOf(PoolerNotFoundError);
  } finally {
    vi.unstubAllEnvs();
  }
});

describe.skipIf(pgbouncerBinary() === undefined)('with pgbouncer', () => {
  test('transactions of two clients share one connection of the server', async () => {
    await using pooler = await startPgbouncer({ url, settings: { default_pool_size: 1 } });
    const [one, two] = await Promise.all([connected(pooler.url), connected(pooler.url)]);
    expect(await backend(one)).toBe(await backend(two));
    await Promise.all([one.end(), two.end()]);
  });

  test('in session mode each client has its own', async () => {
    await using pooler = await startPgbouncer({ url, mode: 'session' });
    const [one, two] = await Promise.all([connected(pooler.url), connected(pooler.url)]);
    expect(await backend(one)).not.toBe(await backend(two));
    await Promise.all([one.end(), two.end()]);
  });

  test('in statement mode there is no transaction', async () => {
    await using pooler = await startPgbouncer({ url, mode: 'statement' });
    const client = await connected(pooler.url);
    await expect(client.query('BEGIN')).rejects.toThrow(/transaction blocks not allowed/);
    await client.end();
  });

  test('stopped, it takes its connections along', async () => {
    const pooler = await startPgbouncer({ url });
    const client = await connected(pooler.url);
    const ended = new Promise((resolve) => client.once('end', resolve));
    await pooler.stop();
    await pooler.stop();
    await ended;
    await expect(connected(pooler.url)).rejects.toThrow(/ECONNREFUSED/);
  });

  test('a setting it does not take is named', async () => {
    const failure = startPgbouncer({ url, settings: { pool_mode: 'sometimes' } });
    await expect(failure).rejects.toBeInstanceOf(PoolerStartError);
    await expect(failure).rejects.toThrow(/pool_mode/);
  });

  test('restarts of the server behind it are not the end of it', async () => {
    await using pooler = await startPgbouncer({ url });
    const client = await connected(pooler.url);
    const admin = await connected(url);
    await admin.query('SELECT pg_terminate_backend($1)', [await backend(client)]);
    await sleep(50);
    await client.end();
    const next = await connected(pooler.url);
    expect(await backend(next)).toBeGreaterThan(0);
    await Promise.all([next.end(), admin.end()]);
  });
});
