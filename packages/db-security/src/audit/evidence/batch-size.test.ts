import { expect, test } from 'vitest';
import { BatchSize } from './batch-size.ts';

const cutOff = Object.assign(new Error('canceling statement due to statement timeout'), {
  code: '57014',
});

test('takes a quarter when a statement is cut off, and stays with what went through', async () => {
  const batches = new BatchSize(10_000);
  const sizes: number[] = [];
  const work = async (size: number) => {
    sizes.push(size);
    if (size > 2_000) throw cutOff;
    return size;
  };
  expect([await batches.run(work), await batches.run(work)]).toEqual([625, 625]);
  expect(sizes).toEqual([10_000, 2_500, 625, 625]);
});

test('gives up at the smallest batch, and at once for any other error', async () => {
  const sizes: number[] = [];
  const failing = new BatchSize(3_000).run(async (size) => {
    sizes.push(size);
    throw cutOff;
  });
  await expect(failing).rejects.toBe(cutOff);
  expect(sizes).toEqual([3_000, 750, 500]);
  const refused = new BatchSize().run(async () => {
    throw Object.assign(new Error('no'), { code: '42501' });
  });
  await expect(refused).rejects.toMatchObject({ code: '42501' });
});
