import type { DatabaseError } from '../errors.ts';
import type { Executor } from './database.ts';

/** Whether the server answers, and how fast, waiting for a connection included. */
export type Health =
  | { readonly isHealthy: true; readonly latencyMs: number }
  | { readonly isHealthy: false; readonly latencyMs: number; readonly error: DatabaseError };

const PROBE = { name: 'ping', text: 'SELECT 1', values: [], shape: null, access: 'read' } as const;

export async function probeHealth(run: Executor, timeoutMs: number): Promise<Health> {
  const began = performance.now();
  const latencyMs = (): number => performance.now() - began;
  try {
    await run.execute(PROBE, { timeoutMs });
    return { isHealthy: true, latencyMs: latencyMs() };
  } catch (error) {
    return { isHealthy: false, latencyMs: latencyMs(), error: error as DatabaseError };
  }
}
