import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { type TcpProxy, type TcpProxyOptions, tcpProxy } from '../src/index.ts';
import { testCluster } from '../src/vitest.ts';

async function through(
  onData: TcpProxyOptions['onData'] | undefined,
  use: (client: pg.Client, proxy: TcpProxy) => Promise<void>,
): Promise<void> {
  const proxy = await tcpProxy({ target: testCluster().adminUrl, ...(onData ? { onData } : {}) });
  const client = new pg.Client({ connectionString: proxy.url });
  client.on('error', () => {}); // Expected: connections break here.
  try {
    await client.connect();
    await use(client, proxy);
  } finally {
    await proxy.close();
    await client.end().catch(() => {});
  }
}

const MEGABYTE = `SELECT repeat('x', 1000000) AS text`;

test('passes everything, large answers too', () =>
  through(undefined, async (client) => {
    const { rows } = await client.query<{ text: string }>(MEGABYTE);
    expect(rows[0]?.text).toHaveLength(1_000_000);
  }));

test('cuts after so many bytes, and takes new connections afterwards', async () => {
  let allowed = 100_000;
  const seen: { proxy?: TcpProxy } = {};
  await through(
    (chunk) => {
      allowed -= chunk.length;
      if (allowed < 0) seen.proxy?.cut();
      return undefined;
    },
    async (client, proxy) => {
      seen.proxy = proxy;
      await expect(client.query(MEGABYTE)).rejects.toThrow();
      allowed = 100_000;
      const second = new pg.Client({ connectionString: proxy.url });
      await second.connect();
      expect((await second.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
      await second.end();
    },
  );
});

test('delays, and drops', async () => {
  let mode: 'pass' | 'delay' | 'drop' = 'pass';
  await through(
    async (_, direction) => {
      if (direction === 'to server' && mode === 'drop') return false;
      if (mode === 'delay') await sleep(100);
      return undefined;
    },
    async (client) => {
      mode = 'delay';
      const began = performance.now();
      await client.query('SELECT 1');
      expect(performance.now() - began).toBeGreaterThan(190);
      mode = 'drop';
      const answer = client.query('SELECT 1').then(
        () => 'answered',
        () => 'broken',
      );
      expect(await Promise.race([answer, sleep(150, 'silence')])).toBe('silence');
    },
  );
});
