import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ticks of the clock that Linux counts processor time in. */
const TICKS_PER_SECOND = 100;

/**
 * Processor seconds that a server and all its sessions that have ended took so far; 0 where there is no /proc. Sessions
 * count when the postmaster has taken note of their end.
 */
export function serverCpuSeconds(dataDir: string): number {
  try {
    const [pid] = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which may hold blanks: own time in and out of the kernel, then that of ended children.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return ticks / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}
