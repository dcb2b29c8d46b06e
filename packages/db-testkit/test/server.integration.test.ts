import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { serverAccount } from '@tothub/db-embedded/parts';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import {
  type PostgresServer,
  ServerNotFoundError,
  ServerStartError,
  startPostgres,
} from '../src/index.ts';
import { testCluster } from '../src/vitest.ts';
import { expectGone, NOBODY, othersCanRunUs, serverProcess } from './server-process.ts';

const { major } = testCluster();
async function values(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function withServer(use: (server: PostgresServer) => Promise<void>, settings = {}) {
  const server = await startPostgres({ major, settings });
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

test('a server is UTF-8 with byte order and full case mapping, on this machine only', () =>
  withServer(async (server) => {
    expect(server.binaries.major).toBe(major);
    expect(
      await values(
        server.url(),
        `SELECT current_setting('server_encoding'), current_setting('listen_addresses'),
           current_setting('unix_socket_directories'), lower('ÉA'), 'a' > 'Z', current_setting('port')::int`,
      ),
    ).toEqual(['UTF8', '127.0.0.1', '', 'éa', true, server.port]);
  }));

test('settings that are asked for win over the ones chosen here', () =>
  withServer(
    async (server) => {
      expect(await values(server.url(), `SHOW max_connections`)).toEqual(['17']);
      expect(await values(server.url(), `SHOW fsync`)).toEqual(['off']);
    },
    { max_connections: '17' },
  ));

test('databases take any name, and copies of a template hold what it held', () =>
  withServer(async (server) => {
    const name = `quote " dot . space \u{1F418}`;
    const url = await server.createDatabase(name);
    await server.execute(name, 'CREATE TABLE t (n int); INSERT INTO t VALUES (7)');
    expect(await values(url, 'SELECT current_database()')).toEqual([name]);
    expect(await values(await server.createDatabase('copy', name), 'SELECT n FROM t')).toEqual([7]);
    await server.dropDatabase(name);
    expect(
      await values(
        server.url(),
        `SELECT datname FROM pg_database WHERE datname IN ('copy', '${name}')`,
      ),
    ).toEqual(['copy']);
  }));

test('two servers at once do not meet, and stop takes everything with it', async () => {
  const [one, other] = await Promise.all([startPostgres({ major }), startPostgres({ major })]);
  expect(one.port).not.toBe(other.port);
  expect(one.dataDir).not.toBe(other.dataDir);
  await Promise.all([one.stop(), other.stop(), other.stop()]);
  await one.stop();
  for (const server of [one, other])
    await expectGone({ ...server, url: '' }, dirname(server.dataDir));
});

test('a server that cannot start says why and leaves nothing', async () => {
  const folder = mkdtempSync('/tmp/testkit-scratch-');
  chmodSync(folder, 0o755);
  vi.stubEnv('PGTEST_DIR', folder);
  try {
    const failure = startPostgres({ major, settings: { shared_buffers: 'much' } });
    await expect(failure).rejects.toBeInstanceOf(ServerStartError);
    await expect(failure).rejects.toThrow(/invalid value for parameter "shared_buffers"/);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});

test('a version that nobody has is refused with a hint', async () => {
  const failure = startPostgres({ major: 9 });
  await expect(failure).rejects.toBeInstanceOf(ServerNotFoundError);
  await expect(failure).rejects.toThrow(/No PostgreSQL 9 server .* Install one .* PGTEST_BIN_DIR/);
});

test('a killed process leaves no server and no folder', async () => {
  const { process: other, report } = await serverProcess({ major });
  expect(await values(report.url, 'SELECT 1')).toEqual([1]);
  other.kill('SIGKILL');
  await expectGone(report, dirname(report.dataDir));
});

test('a process that forgets its server ends at once, and the server with it', async () => {
  const { report } = await serverProcess({ major }, { end: 'leave' });
  await expectGone(report, dirname(report.dataDir));
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('the server runs as an unprivileged account', () =>
    withServer(async (server) => {
      expect(statSync(`/proc/${server.pid}`).uid).toBe(serverAccount().uid);
      expect(serverAccount().uid).not.toBe(0);
    }));
});

describe.runIf(othersCanRunUs)('as another user', () => {
  test('an unprivileged user starts a server as itself', async () => {
    const { process: other, report } = await serverProcess({ major }, { uid: NOBODY });
    expect(report.code).toBeUndefined();
    expect(statSync(report.dataDir).uid).toBe(NOBODY);
    other.kill('SIGKILL');
    await expectGone(report, dirname(report.dataDir));
  });

  test('a user id without a name is refused before initdb stumbles over it', async () => {
    const { report } = await serverProcess({ major }, { uid: 54_321, end: 'leave' });
    expect(report.code).toBe('TOTHUB_POSTGRES_ACCOUNT');
  });
});
