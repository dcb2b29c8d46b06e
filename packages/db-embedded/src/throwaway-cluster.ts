import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, giveTo } from './account.ts';
import type { BinarySet } from './binaries.ts';
import { type ClusterHome, LOCAL_ONLY, makeScratch } from './cluster-home.ts';
import { INITDB, initdb, serverEnvironment } from './initdb.ts';
import { cacheRoot } from './places.ts';
import { buildKey } from './reachable-binaries.ts';

const run = promisify(execFile);

/** Fast instead of durable: the data does not outlive the process that asked for it. */
const SETTINGS = {
  ...LOCAL_ONLY,
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '200',
  shared_buffers: '64MB',
  autovacuum: 'off',
};

/** A cluster in a scratch folder: a copy of one made earlier by the same programs, else a new one. */
export async function makeThrowawayCluster(
  set: BinarySet,
  binDir: string,
  account: Account,
  neededBytes?: number,
): Promise<ClusterHome> {
  const scratch = makeScratch(account, 'pgtest-', neededBytes);
  const dataDir = join(scratch, 'data');
  try {
    const cached = await fill(dataDir, set, binDir, account);
    return { dataDir, account, cached, scratch, stopSignal: 'SIGQUIT', settings: SETTINGS };
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
}

async function fill(dataDir: string, set: BinarySet, binDir: string, account: Account) {
  if (process.env.PGTEST_NO_CACHE) {
    await initdb(binDir, set.major, dataDir, account, ['--no-sync']);
    return false;
  }
  const root = cacheRoot(account);
  const cluster = join(
    root,
    buildKey(set, 'C.UTF-8', account.uid ?? process.getuid?.(), ...INITDB),
  );
  const cached = existsSync(join(cluster, 'PG_VERSION'));
  if (!cached) {
    const making = join(root, `making-${randomUUID()}`);
    mkdirSync(making, { mode: 0o711 });
    try {
      giveTo(account, making);
      await initdb(binDir, set.major, join(making, 'data'), account, ['--no-sync']);
      renameSync(join(making, 'data'), cluster);
    } catch (error) {
      // Unless another test run was faster: its copy is as good.
      if (!existsSync(join(cluster, 'PG_VERSION'))) throw error;
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  // cp runs as the server's user, so the copy belongs to it.
  await run('cp', ['-R', '-p', cluster, dataDir], {
    ...account,
    env: serverEnvironment(),
    cwd: '/',
  });
  return cached;
}
