import { SecretRefusedError } from '../errors.ts';
import { COST_LADDERS, workOf } from './cost-ladders.ts';
import { isBearable } from './cost-limits.ts';
import { expectAnswer } from './hash-credential.ts';
import type { HashAlgorithm, HashCost } from './hash-parameters.ts';
import { createHashPool, type HashPool } from './hash-pool.ts';

/** What is calibrated. */
export interface CalibrateOptions<A extends HashAlgorithm> {
  /** @default 'bcrypt' */
  readonly algorithm?: A | undefined;
  /** Calls the measurement off. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the highest cost whose hash takes at most `budgetMs` milliseconds here and now, by hashing a few times in a
 * thread of its own. Never below OWASP's minimum, even where that takes longer than the budget. argon2id and scrypt
 * first get more memory, up to 64 and 256 MiB, then more passes.
 *
 * The machine should be as busy as it usually is. Keep the result with the configuration instead of calibrating at each
 * start: with a cost that changes, every login would make its hash anew.
 *
 * @throws {SecretRefusedError} when the budget is no positive number.
 * @throws {MissingDependencyError} when there is no argon2.
 * @throws {AbortedError} when the signal has fired.
 *
 * @example
 * ```ts
 * const cost = await calibrateCost(250, { algorithm: 'argon2id' });
 * // { algorithm: 'argon2id', memoryKiB: 65536, passes: 4, parallelism: 1 }
 * await hashCredential(secret, { ...cost, keyRing });
 * ```
 */
export async function calibrateCost<A extends HashAlgorithm = 'bcrypt'>(
  budgetMs: number,
  options: CalibrateOptions<A> = {},
): Promise<Extract<HashCost, { algorithm: A }>> {
  if (!Number.isFinite(budgetMs) || budgetMs <= 0) {
    throw new SecretRefusedError('The budget is not a positive number of milliseconds. Try 250.');
  }
  const pool = createHashPool({ threadCount: 1 });
  try {
    const ladder = COST_LADDERS[options.algorithm ?? 'bcrypt'].filter((cost, i) => {
      return i === 0 || isBearable(cost, pool.memoryLimitBytes);
    });
    const highest = await climb(ladder, budgetMs, (cost) => timeHash(cost, pool, options.signal));
    return highest as Extract<HashCost, { algorithm: A }>;
  } finally {
    await pool.close();
  }
}

/**
 * The highest step that was measured to fit the budget, or the lowest. Each measurement foretells the next step to try,
 * so that a long ladder takes few.
 */
export async function climb(
  ladder: readonly HashCost[],
  budgetMs: number,
  measure: (cost: HashCost) => Promise<number>,
): Promise<HashCost> {
  const lowest = ladder[0] as HashCost;
  let fitting = 0;
  let ceiling = ladder.length;
  let msPerWork = (await measure(lowest)) / workOf(lowest);
  while (true) {
    const next = ladder.findLastIndex(
      (cost, i) => i < ceiling && msPerWork * workOf(cost) <= budgetMs,
    );
    if (next <= fitting) return ladder[fitting] as HashCost;
    const cost = ladder[next] as HashCost;
    const ms = await measure(cost);
    if (ms <= budgetMs) fitting = next;
    else ceiling = next;
    msPerWork = ms / workOf(cost);
  }
}

/** The quicker of two, so that a hiccup does not count; the very first also starts the thread. */
async function timeHash(
  cost: HashCost,
  pool: HashPool,
  signal: AbortSignal | undefined,
): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 2; run++) {
    const began = performance.now();
    const answer = await pool.run({ operation: 'hash', secret: 'calibration', cost }, signal);
    expectAnswer(answer, 'string');
    times.push(performance.now() - began);
  }
  return Math.min(...times);
}
