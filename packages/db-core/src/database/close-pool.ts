import { setTimeout as delay } from 'node:timers/promises';
import type { DatabasePool } from 'slonik';
import type { Connector } from './connector.ts';
import type { PoolExecutor } from './pool-executor.ts';

export interface ClosePoolOptions {
  readonly pool: DatabasePool;
  readonly run: PoolExecutor;
  readonly connector: Connector;
  /** Time for what is running, in milliseconds. */
  readonly timeoutMs: number;
}

/** Time for a cancelled statement to end before its connection is cut. */
const CANCEL_MS = 1_000;

/** Lets what is running finish, then closes every connection. */
export async function closePool({
  pool,
  run,
  connector,
  timeoutMs,
}: ClosePoolOptions): Promise<void> {
  const drained = run.drain();
  if (!(await endsWithin(drained, timeoutMs))) {
    connector.stop();
    // Else a long statement would go on at the server, with nobody to take its rows.
    for (const link of connector.links) link.cancel();
    if (!(await endsWithin(drained, CANCEL_MS))) {
      for (const link of connector.links) link.destroy();
    }
  }
  connector.stop();
  await pool.end();
}

async function endsWithin(ended: Promise<void>, ms: number): Promise<boolean> {
  const late = new AbortController();
  const clock = delay(ms, false, { signal: late.signal }).catch(() => false);
  const inTime = await Promise.race([ended.then(() => true), clock]);
  late.abort();
  return inTime;
}
