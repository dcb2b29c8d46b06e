/** Connects to a database that may be asleep, starting or full: tries again until a budget is used up. */
import { setTimeout as delay } from 'node:timers/promises';

export interface ColdStartOptions {
  /** Time for all attempts together, in milliseconds. The last one may end a little later. */
  readonly budgetMs: number;
  /** Ends the waiting between attempts. */
  readonly signal: AbortSignal;
  /** Whether this address has answered before: then a name that is not found is a fault of the resolver. */
  readonly isKnownAddress: boolean;
  /** Whether a pooler answers: it says 08P01 for whatever its server lacks. */
  readonly isPooler: boolean;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;

/**
 * Runs attempts with full jitter between them. Rejects with the error of the last one, at once when trying again
 * cannot help: a wrong password, a database that does not exist, a certificate that is not trusted.
 */
export async function withColdStart<T>(
  attempt: () => Promise<T>,
  { budgetMs, signal, ...about }: ColdStartOptions,
): Promise<T> {
  const deadline = performance.now() + budgetMs;
  for (let bound = FIRST_DELAY_MS; ; bound = Math.min(bound * 2, LONGEST_DELAY_MS)) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = Math.random() * bound;
      if (!isPassing(error, about) || performance.now() + waitMs > deadline) throw error;
      await delay(waitMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

/** The server is starting, stopping, restarting after a crash, or has no place free for now. */
const PASSING_STATES = new Set([
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08001',
  '08004',
  '08006',
]);
const PASSING_FAULTS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);

function isPassing(
  error: unknown,
  { isKnownAddress, isPooler }: Pick<ColdStartOptions, 'isKnownAddress' | 'isPooler'>,
): boolean {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return false;
  if (code === 'ENOTFOUND') return isKnownAddress;
  if (code === '08P01') return isPooler;
  return PASSING_STATES.has(code) || PASSING_FAULTS.has(code);
}
