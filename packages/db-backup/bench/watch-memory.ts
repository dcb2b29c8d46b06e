import { readdirSync, readFileSync } from 'node:fs';

const INTERVAL_MS = 100;

/**
 * Watches how much memory a process and all its descendants hold together: the sum of what belongs to each, shared
 * pages divided among those that share them (PSS, Linux).
 */
export function createMemoryWatch(pid: number): { stop(): number | undefined } {
  let mostKb = 0;
  const timer = setInterval(() => {
    mostKb = Math.max(mostKb, heldBy(pid));
  }, INTERVAL_MS);
  return {
    stop() {
      clearInterval(timer);
      return mostKb === 0 ? undefined : mostKb / 1024;
    },
  };
}

function heldBy(pid: number): number {
  try {
    const own = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '),
    );
    return children
      .filter((child) => child !== '')
      .reduce((sum, child) => sum + heldBy(Number(child)), Number(own?.[1] ?? 0));
  } catch {
    // It ended meanwhile.
    return 0;
  }
}
