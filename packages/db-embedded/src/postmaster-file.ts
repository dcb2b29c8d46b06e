import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** What a running server writes into its data folder. */
export interface PostmasterFile {
  readonly pid: number;
  /** `starting`, `ready`, `standby` or `stopping`. */
  readonly status: string;
}

/** Reads `postmaster.pid`, as pg_ctl does: the first line is the process, the eighth its state. */
export function readPostmasterFile(dataDir: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number.parseInt(lines[0] ?? '', 10);
  return pid > 0 ? { pid, status: (lines[7] ?? '').trim() } : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * True when the process of a `postmaster.pid` is a server on that folder, and not a zombie or another program
 * that got the number of one that was killed. Where the system does not tell, a living process is taken for it.
 */
export function isServing(dataDir: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
