import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { startPostgres } from '@tothub/db-testkit';
import { testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageKeys } from '../test/age-keys.ts';
import { makeCertificates } from '../test/certificates.ts';
import { enginesHere, execute, nastyDatabase } from '../test/databases.ts';
import { failingNetwork } from '../test/failing-network.ts';
import { type GuardedServer, guardedServer } from '../test/guarded-server.ts';
import { untilAlone } from '../test/sessions.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackup } from './create-backup.ts';
import { BackupError, BackupFailedError, ConnectionFailedError } from './errors.ts';
import { restoreBackup } from './restore-backup.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
const engines = await enginesHere();

describe('a server behind TLS (verify-full, own authority) and SCRAM', () => {
  let guarded: GuardedServer;
  const href = (change: (url: URL) => void): string => {
    const url = new URL(guarded.url);
    change(url);
    return url.href;
  };

  beforeAll(async () => {
    guarded = await guardedServer(directory, testCluster().major);
    await execute(
      guarded.url.href,
      'CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t DEFAULT VALUES',
    );
  });
  afterAll(() => guarded.server.stop());

  it.each(engines)(
    'is backed up, verified and restored by an ordinary role and the engine %s',
    async (engine) => {
      const connectionString = guarded.url.href;
      const { path } = await createBackup({ connectionString, directory, engine });
      const { checks } = await verifyBackup(path, { connectionString });
      expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
      await execute(connectionString, `CREATE DATABASE restored_${engine}`);
      const into = href((url) => {
        url.pathname = `/restored_${engine}`;
      });
      await restoreBackup(path, { into });
      expect(await execute(into, 'SELECT id FROM t')).toEqual([{ id: 1 }]);
    },
  );

  it('is not talked to when it may be another one', async () => {
    const before = await readdir(directory);
    const stranger = makeCertificates(join(directory, 'stranger')).authority;
    const otherAuthority = href((url) => url.searchParams.set('sslrootcert', stranger));
    const otherName = href((url) => {
      url.hostname = '127.0.0.1';
    });
    for (const connectionString of [otherAuthority, otherName]) {
      const backup = createBackup({ connectionString, directory });
      await expect(backup).rejects.toThrow(ConnectionFailedError);
    }
    expect(await readdir(directory)).toEqual([...before, 'stranger'].sort());
  });

  it('refuses a wrong password in one sentence, without showing it', async () => {
    const connectionString = href((url) => {
      url.password = 'wr0ng';
    });
    const error: unknown = await createBackup({ connectionString, directory }).catch(
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(ConnectionFailedError);
    expect((error as Error).message).toMatch(
      /password authentication failed.*Check user and password\.$/,
    );
    expect((error as Error).message).not.toContain('wr0ng');
  });
});

it.for(engines)(
  'is verified on PostgreSQL 18 after a backup of an older server, by the engine %s',
  {},
  async (engine, { skip }) => {
    skip(testCluster().major >= 18, 'the server is not older');
    const [source, newer] = await Promise.all([nastyDatabase(), startPostgres({ major: 18 })]);
    const { path } = await createBackup({ connectionString: source.url, directory, engine });
    const { checks } = await verifyBackup(path, { connectionString: newer.url() });
    await Promise.all([source.drop(), newer.stop()]);
    expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
  },
);

it('waits for a server that is waking up', async () => {
  const real = Number(new URL(testCluster().adminUrl).port);
  const proxy = createServer((socket) => {
    socket.pipe(connect(real, '127.0.0.1')).pipe(socket);
  });
  const port = await freePort();
  setTimeout(() => proxy.listen(port, '127.0.0.1'), 400);
  const url = new URL(testCluster().adminUrl);
  url.port = String(port);
  const { manifest } = await createBackup({ connectionString: url.href, directory });
  proxy.close();
  expect(manifest.database.name).toBe('postgres');
});

it.for(engines.flatMap((engine) => [[engine, 'reset'] as const, [engine, 'silence'] as const]))(
  'leaves nothing behind when the network fails in the middle, by the engine %s: %s',
  async ([engine, fault]) => {
    const source = await testDatabase();
    await execute(
      source.url,
      `CREATE TABLE t AS SELECT i, repeat(md5(i::text), 9) AS v FROM generate_series(1, 4000) AS i`,
    );
    const folder = join(directory, `${fault}-${engine}`);
    const network = await failingNetwork(source.url, fault, 400_000);
    const stop = new AbortController();
    // Silence looks like work that takes long: whoever waits gives up.
    network.failed.then(() => fault === 'silence' && stop.abort(new Error('given up')));
    const backup = createBackup({
      connectionString: network.url,
      directory: folder,
      engine,
      signal: stop.signal,
    });
    await expect(backup).rejects.toThrow(fault === 'silence' ? /^given up$/ : BackupError);
    await network.close();
    await untilAlone(source.url);
    await source.drop();
    expect(await readdir(folder).catch(() => [])).toEqual([]);
  },
);

it('refuses a pipe for a folder of backups', async () => {
  const pipe = join(directory, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const connectionString = testCluster().adminUrl;
  const backup = createBackup({ connectionString, directory: pipe });
  await expect(backup).rejects.toThrow(BackupError);
});

describe('a full disk', () => {
  const mount = join(directory, 'full');
  const isRoot = process.getuid?.() === 0 && process.platform === 'linux';
  let canMount = false;

  beforeAll(async () => {
    await mkdir(mount);
    canMount =
      isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount]).status === 0;
  });
  afterAll(() => {
    if (canMount) spawnSync('umount', [mount]);
  });

  it.for(engines.flatMap((engine) => [[engine, 'plain'] as const, [engine, 'encrypted'] as const]))(
    'leaves nothing behind, by the engine %s, %s',
    async ([engine, kind], { skip }) => {
      skip(!canMount, 'only root can mount a small file system');
      const source = await testDatabase();
      await execute(
        source.url,
        `CREATE TABLE t AS SELECT sha256(i::text::bytea) AS noise FROM generate_series(1, 60000) AS i`,
      );
      const error: unknown = await createBackup({
        connectionString: source.url,
        directory: mount,
        engine,
        ...(kind === 'encrypted' && { encryption: { recipients: [(await ageKeys()).recipient] } }),
      }).catch((thrown) => thrown);
      await source.drop();
      expect(error).toBeInstanceOf(BackupFailedError);
      expect((error as Error).message).toContain('ENOSPC');
      expect(await readdir(mount)).toEqual([]);
    },
  );
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}
