import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Account,
  type BinarySet,
  type ClusterHome,
  giveTo,
  initdb,
  isAlive,
  isServing,
  LOCAL_ONLY,
  readPostmasterFile,
} from '@tothub/db-embedded/parts';
import { DataDirectoryError, DataDirectoryInUseError } from './errors.ts';
import { clusterMajor } from './kept-location.ts';

/** PostgreSQL's own defaults: fsync and full_page_writes on, so that a crash loses nothing committed. */
const SETTINGS = { ...LOCAL_ONLY, fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/**
 * Opens the cluster in a folder, or makes it there first.
 * @throws DataDirectoryError when the folder belongs to somebody else.
 * @throws DataDirectoryInUseError when a server runs on it.
 */
export async function openKeptCluster(
  dataDir: string,
  set: BinarySet,
  binDir: string,
  account: Account,
): Promise<ClusterHome> {
  const cached = clusterMajor(dataDir) !== undefined;
  if (!cached) await make(dataDir, set, binDir, account);
  const owned = ownerOf(dataDir, account);
  await assertNotServed(dataDir);
  return {
    dataDir,
    account: owned,
    cached,
    scratch: undefined,
    stopSignal: 'SIGINT',
    settings: SETTINGS,
  };
}

/** initdb runs in a folder beside and is renamed when complete: a killed start leaves no half cluster. */
async function make(dataDir: string, set: BinarySet, binDir: string, account: Account) {
  const prefix = `${basename(dataDir)}.making-`;
  const parent = dirname(dataDir);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix) && !isAlive(Number.parseInt(name.slice(prefix.length), 10)))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
  const making = join(parent, `${prefix}${process.pid}-${randomUUID()}`);
  mkdirSync(making, { mode: 0o700 });
  try {
    giveTo(account, making);
    await initdb(binDir, set.major, making, account);
    renameSync(making, dataDir);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    // Of two starts at once, the first one's cluster counts.
    if (clusterMajor(dataDir) === undefined) throw error;
  }
}

/** PostgreSQL serves only a folder of its own user: for root, that is whoever made the cluster. */
function ownerOf(dataDir: string, account: Account): Account {
  const { uid, gid } = statSync(dataDir);
  if (account.uid === undefined ? uid === process.getuid?.() : uid !== 0) {
    return account.uid === undefined ? {} : { uid, gid };
  }
  throw new DataDirectoryError(
    `${dataDir} belongs to user id ${uid}, and PostgreSQL serves only a folder of the user that it runs as. Name another folder, or give this one to that user.`,
  );
}

/** Waits for a server that is on its way out, clears what a killed one left, and refuses a living one. */
export async function assertNotServed(dataDir: string): Promise<void> {
  // The server of a killed process notices within milliseconds, a busy machine permitting, and stops cleanly.
  for (let waited = 0; ; waited += 50) {
    const file = readPostmasterFile(dataDir);
    if (!file || !isAlive(file.pid)) return; // PostgreSQL itself clears the file of a dead server.
    if (!isServing(dataDir, file.pid)) {
      // A zombie, or another program with a dead server's number: PostgreSQL would take it for the server.
      rmSync(join(dataDir, 'postmaster.pid'), { force: true });
      return;
    }
    if (waited >= (file.status === 'stopping' ? 60_000 : 2000)) {
      throw new DataDirectoryInUseError(
        `A PostgreSQL server (process ${file.pid}) already runs on ${dataDir}. Stop what started it, or name another folder.`,
      );
    }
    await sleep(50);
  }
}
