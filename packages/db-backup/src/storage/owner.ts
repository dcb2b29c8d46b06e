import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/** Which run made something temporary: its process, host and start, written into the name of the thing. */
export interface Owner {
  readonly pid: number;
  /** Twelve hexadecimal digits of the SHA-256 of the host's name. */
  readonly host: string;
  readonly startedAtMs: number;
}

const FOREIGN_LEFTOVER_MS = 7 * 24 * 60 * 60 * 1000;

/** This process, now. */
export function currentOwner(): Owner {
  return { pid: process.pid, host: thisHost(), startedAtMs: Date.now() };
}

/** `<pid>_<host>_<start>`, safe in file and database names. */
export function formatOwner(owner: Owner): string {
  return `${owner.pid}_${owner.host}_${owner.startedAtMs.toString(36)}`;
}

/** Finds the owner in a name that holds what `formatOwner` printed. */
export function parseOwner(name: string): Owner | undefined {
  const match = /(\d+)_([0-9a-f]{12})_([0-9a-z]{8,9})(?![0-9a-z])/.exec(name);
  if (!match) return undefined;
  const [, pid = '', host = '', startedAt = ''] = match;
  return { pid: Number(pid), host, startedAtMs: Number.parseInt(startedAt, 36) };
}

/**
 * True when the run that made a thing is over: its process is gone from this host, or the number was
 * given to a younger process (this one). Things of other hosts count as over after a week.
 */
export function isOver(owner: Owner): boolean {
  if (Date.now() - owner.startedAtMs > FOREIGN_LEFTOVER_MS) return true;
  if (owner.host !== thisHost()) return false;
  if (owner.pid === process.pid) return owner.startedAtMs < Date.now() - process.uptime() * 1000;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function thisHost(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 12);
}
