import { chmodSync, lstatSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, canEnter } from './account.ts';
import { ServerAccountError } from './errors.ts';

/** Containers often have 64 MB of memory for files: too little for a cluster. */
const LEAST_MEMORY_BYTES = 1024 ** 3;

/**
 * Where throwaway clusters live. Memory where there is room, twice over, for what goes in: copies then take tens of
 * milliseconds.
 */
export function scratchRoot(account: Account, neededBytes = 0): string {
  if (process.env.PGTEST_DIR) return process.env.PGTEST_DIR;
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    const least = Math.max(LEAST_MEMORY_BYTES, 2 * neededBytes);
    if (bavail * bsize > least && (statSync('/dev/shm').mode & 0o002) !== 0) return '/dev/shm';
  } catch {
    // Not Linux.
  }
  return reachable([tmpdir(), '/tmp', '/var/tmp'], account);
}

/** A folder of this user alone that the server's account can enter. Losing what is in it loses only time. */
export function cacheRoot(account: Account): string {
  return ownFolder(reachable([tmpdir(), '/tmp', '/var/tmp'], account), 'pgtest-cache');
}

/** As `cacheRoot`, for what must outlive a restart of the machine. */
export function keptRoot(account: Account): string {
  return ownFolder(reachable(['/var/tmp', tmpdir(), '/tmp'], account), 'pgtest-kept');
}

function reachable(folders: readonly string[], account: Account): string {
  for (const folder of folders) {
    try {
      if (canEnter(account, folder)) return folder;
    } catch {
      // Not on this system.
    }
  }
  throw new ServerAccountError(
    `No temporary folder that the server's account (uid ${account.uid}) can enter. Name one in PGTEST_DIR and TMPDIR.`,
  );
}

function ownFolder(parent: string, name: string): string {
  const me = process.getuid?.() ?? 0;
  const folder = join(parent, `${name}-${me}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== me || (stat.mode & 0o022) !== 0) {
    throw new ServerAccountError(
      `${folder} is not a folder of this user alone. Remove it, or set TMPDIR to another place.`,
    );
  }
  if ((stat.mode & 0o777) !== 0o711) chmodSync(folder, 0o711); // Whatever the umask.
  return folder;
}
