import { describe, expect, test } from 'vitest';
import { calibrateCost, climb } from './calibrate-cost.ts';
import { COST_LADDERS, workOf } from './cost-ladders.ts';
import { isBearable } from './cost-limits.ts';
import { DEFAULT_COSTS, type HashCost, resolveCost } from './hash-parameters.ts';

const ladder = [10, 11, 12, 13, 14, 15, 16].map(
  (cost): HashCost => ({ algorithm: 'bcrypt', cost }),
);
const costOf = (found: HashCost) => (found.algorithm === 'bcrypt' ? found.cost : undefined);

/** A machine on which bcrypt of cost 10 takes that long, or what `surprises` says. */
const machine = (msAtTen: number, surprises: Record<number, number> = {}) => {
  const measured: number[] = [];
  return {
    measured,
    async measure(found: HashCost) {
      const cost = costOf(found) ?? 0;
      measured.push(cost);
      return surprises[cost] ?? msAtTen * 2 ** (cost - 10);
    },
  };
};

describe('climb', () => {
  test('finds the highest cost within the budget in two measurements on a steady machine', async () => {
    const { measure, measured } = machine(50);
    expect(costOf(await climb(ladder, 250, measure))).toBe(12);
    expect(measured).toEqual([10, 12]);
  });

  test('never goes below the lowest, nor above the highest', async () => {
    expect(costOf(await climb(ladder, 1, machine(50).measure))).toBe(10);
    expect(costOf(await climb(ladder, 1e9, machine(50).measure))).toBe(16);
  });

  test('gives only what was measured to fit', async () => {
    const slower = machine(50, { 12: 300, 11: 200 });
    expect(costOf(await climb(ladder, 250, slower.measure))).toBe(11);
    expect(slower.measured).toEqual([10, 12, 11]);
    const hiccup = machine(50, { 10: 200 });
    expect(costOf(await climb(ladder, 450, hiccup.measure))).toBe(13);
    expect(hiccup.measured).toEqual([10, 11, 13]);
  });
});

test.each(['bcrypt', 'argon2id'] as const)(
  '%s: an impossible budget gives the minimum of OWASP',
  async (algorithm) => {
    expect(await calibrateCost(0.001, { algorithm })).toEqual(COST_LADDERS[algorithm][0]);
  },
);

test('a cost is never below the minimum of OWASP, and each is more work than the one before', () => {
  for (const [algorithm, costs] of Object.entries(COST_LADDERS)) {
    expect(costs[0]).toEqual(
      algorithm === 'bcrypt'
        ? { algorithm, cost: 10 }
        : DEFAULT_COSTS[algorithm as 'argon2id' | 'scrypt'],
    );
    for (const [i, cost] of costs.entries()) {
      expect(resolveCost(cost)).toEqual(cost);
      expect(isBearable(cost, 512 * 2 ** 20)).toBe(true);
      if (i > 0) expect(workOf(cost)).toBeGreaterThan(workOf(costs[i - 1] as HashCost));
    }
  }
});

test('refuses a budget that is none, and stops when told', async () => {
  for (const budget of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(calibrateCost(budget)).rejects.toThrow(/not a positive number/);
  }
  await expect(calibrateCost(100, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'TOTHUB_SECURITY_ABORTED',
  });
});
