import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { scratchRoot, serverAccount } from '@tothub/db-embedded/parts';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import {
  DataDirectoryError,
  DataDirectoryInUseError,
  type PostgresServer,
  startPostgres,
} from '../src/index.ts';
import { keptLocation } from '../src/kept-location.ts';
import { testCluster } from '../src/vitest.ts';
import { expectGone, NOBODY, othersCanRunUs, serverProcess } from './server-process.ts';

const { major } = testCluster();
// Open to others, as a checkout is: what is below is reachable for the server's account.
const home = mkdtempSync(join(scratchRoot(serverAccount()), 'testkit-kept-'));
chmodSync(home, 0o755);
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function one(server: PostgresServer, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function holdsSeven(dataDir: string): Promise<PostgresServer> {
  const server = await startPostgres({ dataDir });
  try {
    expect(await one(server, 'SELECT n FROM kept')).toBe(7);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

describe('a cluster that is kept', () => {
  const dataDir = join(home, 'parent', 'data dir');

  test('is made durable, and is still there after a stop', async () => {
    const server = await startPostgres({ major, dataDir });
    expect(server.dataDir).toBe(dataDir);
    expect(
      await one(server, `SELECT current_setting('fsync') || current_setting('full_page_writes')`),
    ).toBe('onon');
    await server.execute('postgres', 'CREATE TABLE kept AS SELECT 7 AS n');
    await server.stop();
    expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(false);

    const again = await holdsSeven(dataDir);
    expect(again.startMs.cached).toBe(true);
    await again.stop();
    await again.stop();
  });

  test('is stopped cleanly when its process is killed, and can be started at once', async () => {
    const { process: other, report } = await serverProcess({ dataDir });
    other.kill('SIGKILL');
    const server = await holdsSeven(dataDir);
    expect(server.pid).not.toBe(report.pid);
    await server.stop();
  });

  test('recovers when the server was killed too', async () => {
    const { process: other, report } = await serverProcess({ dataDir });
    process.kill(report.pid, 'SIGKILL');
    other.kill('SIGKILL');
    await expectGone(report);
    expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(true);
    await (await holdsSeven(dataDir)).stop();
  });

  test('is not held up by a stale lock file that names a living process', async () => {
    // Of the server's own user: PostgreSQL itself would take it for the server.
    const other = spawn('sleep', ['60'], { ...serverAccount(), stdio: 'ignore' });
    const lock = `${other.pid}\n${dataDir}\n0\n1\n\n\n\nready   \n`;
    writeFileSync(join(dataDir, 'postmaster.pid'), lock, { mode: 0o600 });
    try {
      await (await holdsSeven(dataDir)).stop();
    } finally {
      other.kill();
    }
  });

  test('is served by one server only', async () => {
    const server = await holdsSeven(dataDir);
    try {
      const second = startPostgres({ dataDir });
      await expect(second).rejects.toBeInstanceOf(DataDirectoryInUseError);
      await expect(second).rejects.toThrow(`process ${server.pid}`);
      expect(await one(server, 'SELECT n FROM kept')).toBe(7);
    } finally {
      await server.stop();
    }
  });

  test('is not served by another major version', async () => {
    await expect(startPostgres({ dataDir, major: major + 1 })).rejects.toThrow(DataDirectoryError);
  });
});

test('of two first starts at once one wins and the other is told', async () => {
  const dataDir = join(home, 'race');
  const results = await Promise.allSettled([1, 2].map(() => startPostgres({ major, dataDir })));
  const [winner] = results.filter((r) => r.status === 'fulfilled');
  const [loser] = results.filter((r) => r.status === 'rejected');
  expect(loser?.reason).toBeInstanceOf(DataDirectoryInUseError);
  expect(readdirSync(home).filter((name) => name.startsWith('race'))).toEqual(['race']);
  expect(await one(winner?.value as PostgresServer, 'SELECT 1')).toBe(1);
  await winner?.value.stop();
});

test('a folder that holds something else is refused and left alone', async () => {
  const dataDir = join(home, 'papers');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'letter.txt'), 'dear');
  await expect(startPostgres({ dataDir })).rejects.toThrow(
    /not empty and holds no PostgreSQL cluster/,
  );
  expect(readdirSync(dataDir)).toEqual(['letter.txt']);
});

test.runIf(othersCanRunUs)('a cluster of another user is refused', async () => {
  const { report } = await serverProcess(
    { dataDir: join(home, 'race') },
    { uid: NOBODY, end: 'leave' },
  );
  expect(report.code).toBe('TOTHUB_POSTGRES_DATA_DIRECTORY');
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('a folder of another user is served as that user', async () => {
    const dataDir = join(home, 'race');
    const server = await startPostgres({ dataDir });
    expect(statSync(`/proc/${server.pid}`).uid).toBe(statSync(dataDir).uid);
    await server.stop();
  });

  test('in a closed place the data lies elsewhere, nothing is opened, and what is forgotten is swept', async () => {
    const closed = mkdtempSync('/tmp/testkit-closed-');
    const places: string[] = [];
    const umask = process.umask(0o077); // The account must reach the data even so.
    try {
      const dataDir = join(closed, 'demo', 'postgres');
      mkdirSync(dataDir, { recursive: true });
      const server = await startPostgres({ major, dataDir });
      places.push(dirname(server.dataDir));
      await server.execute('postgres', 'CREATE TABLE kept AS SELECT 7 AS n');
      await server.stop();
      await (await holdsSeven(dataDir)).stop();
      expect(statSync(closed).mode & 0o777).toBe(0o700);
      expect(lstatSync(dataDir).isSymbolicLink()).toBe(true);
      expect(readlinkSync(dataDir)).toBe(server.dataDir);

      // Whoever removes the folder has removed the cluster.
      rmSync(join(closed, 'demo'), { recursive: true });
      const long = new Date(Date.now() - 3_600_000);
      utimesSync(places[0] ?? '', long, long);
      places.push(dirname(keptLocation(dataDir, serverAccount())));
      expect(places.map((place) => existsSync(place))).toEqual([false, true]);

      mkdirSync(join(closed, 'papers'));
      writeFileSync(join(closed, 'papers', 'letter.txt'), 'dear');
      await expect(startPostgres({ dataDir: join(closed, 'papers') })).rejects.toThrow(
        DataDirectoryError,
      );
      expect(readdirSync(join(closed, 'papers'))).toEqual(['letter.txt']);
    } finally {
      process.umask(umask);
      for (const folder of [closed, ...places]) rmSync(folder, { recursive: true, force: true });
    }
  });
});
