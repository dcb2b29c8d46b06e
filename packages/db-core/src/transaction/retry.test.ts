import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CancelledError, SerializationFailureError, translateError } from '../errors.ts';
import { isConflict, waitAfter, withRetry } from './retry.ts';

const conflict = translateError(
  Object.assign(new Error('x'), { severity: 'ERROR', code: '40001' }),
);

test('waits any time up to a bound that doubles and stays under a second', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const wait = waitAfter(attempt, () => random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(Math.min(1_000, 20 * 2 ** (attempt - 1)));
      },
    ),
  );
});

test('finds a conflict behind an error that wraps it', () => {
  expect(conflict).toBeInstanceOf(SerializationFailureError);
  expect(isConflict(new Error('outer', { cause: new Error('middle', { cause: conflict }) }))).toBe(
    true,
  );
  expect(isConflict(new Error('other'))).toBe(false);
  const circular = new Error('circular');
  circular.cause = circular;
  expect(isConflict(circular)).toBe(false);
});

test('gives up after the retries, with the last error', async () => {
  const seen: number[] = [];
  const run = withRetry(
    { retries: 2, onRetry: ({ attempt }) => seen.push(attempt) },
    isConflict,
    () => Promise.reject(conflict),
  );
  await expect(run).rejects.toBe(conflict);
  expect(seen).toEqual([1, 2]);
});

test('begins no attempt after the budget', async () => {
  let attempts = 0;
  const run = withRetry({ retries: 1_000, budgetMs: 100 }, isConflict, async () => {
    attempts++;
    throw conflict;
  });
  await expect(run).rejects.toBe(conflict);
  expect(attempts).toBeGreaterThan(1);
  expect(attempts).toBeLessThan(1_000);
});

test('stops waiting when the signal says so', async () => {
  const controller = new AbortController();
  const run = withRetry(
    { signal: controller.signal, onRetry: () => controller.abort(new Error('enough')) },
    isConflict,
    () => Promise.reject(conflict),
  );
  const error = await run.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CancelledError);
});
