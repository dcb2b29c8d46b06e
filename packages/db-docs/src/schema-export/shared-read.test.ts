import { expect, test, vi } from 'vitest';
import { sharedRead } from './shared-read.ts';

test('callers that overlap share one run, later ones do not', async () => {
  let runs = 0;
  const read = sharedRead(async () => ++runs, 0);
  expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  expect(await read()).toBe(2);
});

test('a result is shared until it is too old, counted from the start of its read', async () => {
  vi.useFakeTimers();
  try {
    let runs = 0;
    const read = sharedRead(async () => ++runs, 1000);
    expect(await read()).toBe(1);
    vi.advanceTimersByTime(999);
    expect(await read()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await read()).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test('a failure reaches all who wait, and the next caller reads again', async () => {
  let runs = 0;
  const read = sharedRead(async () => {
    runs++;
    if (runs === 1) throw new Error('down');
    return runs;
  }, 60_000);
  const [one, two] = await Promise.allSettled([read(), read()]);
  expect([one.status, two.status]).toEqual(['rejected', 'rejected']);
  expect(await read()).toBe(2);
});

test('a read that throws at once is no different', async () => {
  let runs = 0;
  const read = sharedRead<number>(() => {
    runs++;
    if (runs === 1) throw new Error('down');
    return Promise.resolve(runs);
  }, 0);
  await expect(read()).rejects.toThrow('down');
  expect(await read()).toBe(2);
});
