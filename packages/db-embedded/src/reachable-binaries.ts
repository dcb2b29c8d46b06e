import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, canEnter } from './account.ts';
import type { BinarySet } from './binaries.ts';
import { cacheRoot } from './places.ts';

const run = promisify(execFile);

/** Tells one build of the server from another. */
export function buildKey({ binDir, version }: BinarySet, ...more: readonly unknown[]): string {
  const { size, mtimeMs } = statSync(join(binDir, 'postgres'));
  const facts = [binDir, version, size, mtimeMs, ...more].join('|');
  return `${version}-${createHash('sha256').update(facts).digest('hex').slice(0, 16)}`;
}

/**
 * A bin folder that the account can run: the one found or, when it lies in a folder that is closed to others
 * (a checkout under /root), a copy made once in the cache.
 */
export async function reachableBinDir(set: BinarySet, account: Account): Promise<string> {
  const binDir = realpathSync(set.binDir);
  const runnable = (statSync(join(binDir, 'postgres')).mode & 0o005) === 0o005;
  if (account.uid === undefined || (runnable && canEnter(account, binDir))) return set.binDir;
  const root = cacheRoot(account);
  const copy = join(root, `programs-${buildKey(set)}`);
  if (!existsSync(copy)) {
    const making = join(root, `making-${randomUUID()}`);
    await run('cp', ['-R', '-P', dirname(binDir), making]);
    await run('chmod', ['-R', 'u=rwX,go=rX', making]);
    try {
      renameSync(making, copy);
    } catch {
      // Another process was faster; its copy is as good.
      rmSync(making, { recursive: true, force: true });
    }
  }
  return join(copy, 'bin');
}
