/** A server whose disk fills up while a backup is restored, and a folder of backups without room for a receipt. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type PostgresServer, startPostgres } from '@tothub/db-testkit';
import { testCluster } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BackupError,
  createBackup,
  listBackups,
  restoreBackup,
  verifyBackup,
} from '../src/index.ts';
import { enginesHere, execute } from '../test/databases.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';

const root = temporaryFolder();
const engines = await enginesHere();
const mounted: string[] = [];

/** A file system of a few megabytes; undefined where this user may not make one. */
function smallDisk(name: string, megabytes: number): string | undefined {
  const path = join(root, name);
  spawnSync('mkdir', ['-p', path]);
  const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path];
  if (process.getuid?.() !== 0 || spawnSync('mount', options).status !== 0) return undefined;
  mounted.push(path);
  return path;
}

const serverDisk = smallDisk('server', 12);
const backupDisk = smallDisk('backups', 2);
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ major: testCluster().major });
  chmodSync(root, 0o755);
});
afterAll(async () => {
  await server.stop();
  for (const path of mounted) spawnSync('umount', [path]);
});

/** Rows that fill the disk at once, and rows that fill it only when all but the last words were said. */
const cases = engines.flatMap((engine) =>
  [300_000, 120_000].map((rows) => [engine, rows] as const),
);

it.skipIf(!serverDisk).each(cases)(
  'a server without room keeps nothing of a restore, by the engine %s, %i rows (skipped where no small disk can be mounted)',
  async (engine, rows) => {
    const directory = join(root, `${engine}-${rows}`);
    const name = `x${engine}_${rows}`;
    await server.execute('postgres', `CREATE DATABASE source_${name}`);
    await server.execute(
      `source_${name}`,
      `CREATE TABLE noise AS SELECT sha256(i::text::bytea) AS v FROM generate_series(1, ${rows}) AS i;
       CREATE TABLE small AS SELECT 1 AS n`,
    );
    const connectionString = server.url(`source_${name}`);
    const { path } = await createBackup({ connectionString, directory, engine });
    const { uid, gid } = statSync(server.dataDir);
    const folder = join(serverDisk ?? '', name);
    await mkdir(folder);
    chownSync(folder, uid, gid);
    await server.execute('postgres', `CREATE TABLESPACE ${name} LOCATION '${folder}'`);
    await server.execute('postgres', `CREATE DATABASE into_${name} TABLESPACE ${name}`);
    const into = server.url(`into_${name}`);
    const error: unknown = await restoreBackup(path, { into }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const tables = await execute(
      into,
      `SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'`,
    );
    if (rows === 300_000) expect(error).toBeDefined();
    if (error === undefined) expect(tables).toEqual([{ count: 2 }]);
    else {
      expect(error).toBeInstanceOf(BackupError);
      expect((error as Error).message).toMatch(/No space left on device/i);
      expect(tables).toEqual([{ count: 0 }]);
    }
    expect((await listBackups(directory))[0]?.state).toBe('unverified');
    await server.execute('postgres', `DROP DATABASE into_${name}`);
    await server.execute('postgres', `DROP TABLESPACE ${name}`);
  },
);

it.skipIf(!backupDisk)(
  'a receipt that finds no room leaves the one before it (skipped where no small disk can be mounted)',
  async () => {
    const directory = backupDisk ?? '';
    await server.execute('postgres', 'CREATE DATABASE tiny');
    await server.execute('tiny', 'CREATE TABLE t AS SELECT 1 AS n');
    const connectionString = server.url('tiny');
    const { path } = await createBackup({ connectionString, directory });
    expect((await verifyBackup(path, { connectionString })).ok).toBe(true);
    const before = await readFile(join(path, 'receipt.json'), 'utf8');
    const kept = join(root, 'kept');
    await cp(path, join(kept, basename(path)), { recursive: true });
    await writeFile(join(directory, 'filler'), Buffer.alloc(4 << 20)).catch(() => undefined);
    const files = (await readdir(path)).sort();
    await expect(verifyBackup(path, { connectionString })).rejects.toThrow(/ENOSPC/);
    expect(await readFile(join(path, 'receipt.json'), 'utf8')).toBe(before);
    expect((await readdir(path)).sort()).toEqual(files);
  },
);
