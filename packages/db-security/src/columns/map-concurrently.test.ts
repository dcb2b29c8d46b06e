import { expect, test } from 'vitest';
import { mapConcurrently } from './map-concurrently.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('keeps the order of the list, and no more calls under way than allowed', async () => {
  let running = 0;
  let most = 0;
  const doubled = await mapConcurrently([5, 1, 4, 2, 3, 0], 3, async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let i = 0; i < turns; i++) await turn();
    running -= 1;
    return 2 * turns;
  });
  expect(doubled).toEqual([10, 2, 8, 4, 6, 0]);
  expect(most).toBe(3);
  expect(await mapConcurrently([], 3, () => 1)).toEqual([]);
});

test('begins nothing more once a call has failed', async () => {
  const begun: number[] = [];
  const mapped = mapConcurrently([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun.push(item);
    await turn();
    if (item === 2) throw new Error('two');
  });
  await expect(mapped).rejects.toThrow('two');
  await turn();
  await turn();
  expect(begun).toEqual([1, 2, 3]);
});
