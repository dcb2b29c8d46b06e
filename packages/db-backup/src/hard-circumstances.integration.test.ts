import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@tothub/db-testkit';
import { testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageKeys } from '../test/age-keys.ts';
import { enginesHere, execute, nastyDatabase } from '../test/databases.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackup } from './create-backup.ts';
import { BackupFailedError, ConnectionFailedError } from './errors.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
const engines = await enginesHere();
const password = `h"u'n:t\\e r2@ü`;

describe('a server that asks for a password (SCRAM)', () => {
  let server: PostgresServer;
  let url: URL;

  beforeAll(async () => {
    const hba = join(directory, 'pg_hba.conf');
    await chmod(directory, 0o755);
    await writeFile(
      hba,
      'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
    );
    server = await startPostgres({ major: testCluster().major, settings: { hba_file: hba } });
    await server.execute(
      'postgres',
      `CREATE ROLE "own er" LOGIN CREATEDB PASSWORD '${password.replaceAll("'", "''")}'`,
    );
    await server.execute(
      'postgres',
      `CREATE DATABASE app OWNER "own er" LC_COLLATE 'C' TEMPLATE template0`,
    );
    await server.execute(
      'app',
      'CREATE TABLE t (id serial PRIMARY KEY); ALTER TABLE t OWNER TO "own er"; INSERT INTO t DEFAULT VALUES',
    );
    url = new URL(server.url('app'));
    url.username = 'own er';
    url.password = encodeURIComponent(password);
  });
  afterAll(() => server.stop());

  it.each(engines)(
    'is backed up and verified by an ordinary role and the engine %s',
    async (engine) => {
      const { path } = await createBackup({ connectionString: url.href, directory, engine });
      const { checks } = await verifyBackup(path, { connectionString: url.href });
      expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
    },
  );

  it('refuses a wrong password in one sentence, without showing it', async () => {
    const wrong = new URL(url);
    wrong.password = 'wr0ng';
    const error: unknown = await createBackup({ connectionString: wrong.href, directory }).catch(
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
