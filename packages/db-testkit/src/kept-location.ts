import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  type Account,
  canEnter,
  isServing,
  keptRoot,
  readPostmasterFile,
} from '@tothub/db-embedded/parts';
import { DataDirectoryError } from './errors.ts';

/**
 * Where the data of a kept cluster lies. That is the folder that was asked for, except for root in a place
 * that the server's account cannot enter (below /root): nothing of root's is opened for it. There the data
 * lies in a folder of root's under /var/tmp, and the folder that was asked for is a symlink to it. Whoever
 * removes the symlink has removed the cluster: the next start sweeps what no symlink points to.
 */
export function keptLocation(path: string, account: Account): string {
  const data = linkTarget(path) ?? path;
  mkdirSync(dirname(data), { recursive: true });
  if (data !== path || clusterMajor(data) !== undefined || canEnter(account, dirname(data)))
    return data;
  const root = keptRoot(account);
  sweep(root);
  const place = join(root, randomUUID());
  mkdirSync(place);
  chmodSync(place, 0o711); // Whatever the umask.
  writeFileSync(join(place, 'origin'), path);
  if (existsSync(path)) rmdirSync(path); // Empty, as clusterMajor made sure.
  try {
    symlinkSync(join(place, 'data'), path);
    return join(place, 'data');
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    // Of two starts at once, the first one's link counts.
    const other = linkTarget(path);
    if (other === undefined) throw error;
    return other;
  }
}

/**
 * The major version of the cluster in a folder; undefined when the folder is empty or missing.
 * @throws DataDirectoryError when it holds something else, or is not ours to read.
 */
export function clusterMajor(dataDir: string): number | undefined {
  try {
    const entries = readdirSync(dataDir);
    if (entries.length === 0) return undefined;
    if (entries.includes('PG_VERSION'))
      return Number.parseInt(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8'), 10);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new DataDirectoryError(
      `${dataDir} cannot be used as a data folder (${code}). Name a folder of this user.`,
      { cause },
    );
  }
  throw new DataDirectoryError(
    `${dataDir} is not empty and holds no PostgreSQL cluster. Name an empty or a new folder.`,
  );
}

function linkTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return undefined;
  }
}

function sweep(root: string): void {
  for (const name of readdirSync(root)) {
    const place = join(root, name);
    const data = join(place, 'data');
    try {
      const young = Date.now() - statSync(place).mtimeMs < 60_000;
      const wanted = linkTarget(readFileSync(join(place, 'origin'), 'utf8')) === data;
      const pid = readPostmasterFile(data)?.pid;
      if (young || wanted || (pid !== undefined && isServing(data, pid))) continue;
    } catch {
      continue; // Not one of ours, or just gone.
    }
    rmSync(place, { recursive: true, force: true });
  }
}
