import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { SecretRefusedError } from '../errors.ts';
import { digestWith } from './blind-index.ts';

/** What is indexed. */
export interface BlindIndexExposureOptions {
  /** How many values are possible: 10,000 for a PIN of four digits, 2³² for a card number of 32 bits. */
  readonly possibleValues: number;
  /** Rows of the table that hold one. */
  readonly rowCount: number;
  /** @default false */
  readonly slow?: boolean | undefined;
  /** Cores of the attacker. @default those of this machine */
  readonly cores?: number | undefined;
}

/** What a blind index tells those who should not know. */
export interface BlindIndexExposure {
  /** One digest on one core of this machine, measured now, in milliseconds. */
  readonly digestMs: number;
  /**
   * How long it takes somebody who has stolen key and table to try all possible values, in milliseconds. Half of it
   * finds half of them. Without the key no number of tries does.
   */
  readonly enumerationMs: number;
  /**
   * Rows that are expected to have their value in common with another row, if values are evenly spread: whoever reads the
   * column sees which, without any key. Uneven values show more: the most frequent index is the most frequent value.
   */
  readonly rowsSharingValue: number;
}

/**
 * Says what a blind index gives away, so that it can be chosen: slow or not, or none. Digests have 256 bits, so different
 * values are never taken for one.
 *
 * @throws {SecretRefusedError} when a number is not a positive one.
 *
 * @example
 * ```ts
 * await blindIndexExposure({ possibleValues: 10_000, rowCount: 300, slow: true });
 * // { digestMs: 88, enumerationMs: 440000, rowsSharingValue: 8.8 }: minutes, for a PIN even the slow index is no protection
 * await blindIndexExposure({ possibleValues: 2 ** 32, rowCount: 300, slow: true });
 * // { digestMs: 88, enumerationMs: 188978561024, rowsSharingValue: 0.00002 }: six years
 * ```
 */
export async function blindIndexExposure(
  options: BlindIndexExposureOptions,
): Promise<BlindIndexExposure> {
  const { possibleValues, rowCount, slow = false, cores = availableParallelism() } = options;
  if (![possibleValues, rowCount, cores].every((each) => Number.isFinite(each) && each >= 1)) {
    throw new SecretRefusedError(
      'The numbers of values, rows and cores are not all 1 or more. Estimate them, and call again.',
    );
  }
  const digestMs = await measureDigest(slow);
  return {
    digestMs,
    enumerationMs: (possibleValues * digestMs) / cores,
    rowsSharingValue: sharing(rowCount, possibleValues),
  };
}

/** rows · (1 − (1 − 1/values)^(rows − 1)), exact for large numbers too. */
function sharing(rows: number, values: number): number {
  if (rows === 1) return 0;
  return -rows * Math.expm1((rows - 1) * Math.log1p(-1 / values));
}

async function measureDigest(slow: boolean): Promise<number> {
  const key = randomBytes(32);
  const count = slow ? 3 : 2000;
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await digestWith(key, `value ${i}`, slow);
    times.push(performance.now() - start);
  }
  // The median: neither the first call nor a busy moment counts.
  return times.sort((a, b) => a - b)[Math.floor(count / 2)] as number;
}
