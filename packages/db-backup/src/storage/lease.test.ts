import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { faultyProxy } from '../../test/s3/faulty-proxy.ts';
import { testS3 } from '../../test/s3/server.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { StorageLockedError } from '../errors.ts';
import type { BackupStorage } from './backup-storage.ts';
import { withPruneLease, withUseLease } from './lease.ts';
import { openStorage, placeIn } from './open-storage.ts';

const folder = temporaryFolder();
const s3 = await testS3();
let count = 0;

const inBucket = (endpoint: string): Promise<BackupStorage> =>
  openStorage(
    `s3://${s3.bucket}/leases-${process.pid}-${count++}?endpoint=${endpoint}&pathStyle=true`,
  );

function inFolder(): Promise<BackupStorage> {
  const directory = join(folder, String(count++));
  mkdirSync(directory);
  return openStorage(directory);
}

describe.concurrent.each([
  ['a directory', inFolder],
  ['a bucket', () => inBucket(s3.endpoint)],
])('leases in %s', (_, make) => {
  it('let one pruning work at a time, and leave nothing behind', async () => {
    const storage = await make();
    let atWork = 0;
    let most = 0;
    const prunings = Array.from({ length: 6 }, () =>
      withPruneLease(storage, { waitMs: 20_000 }, async () => {
        most = Math.max(most, ++atWork);
        await sleep(30);
        atWork--;
      }),
    );
    await Promise.all(prunings);
    expect(most).toBe(1);
    expect(await storage.leases.list('.lease-')).toEqual([]);
  });

  it('tell a pruning what is in use, and let nobody begin until it is done', async () => {
    const storage = await make();
    const order: string[] = [];
    await withUseLease(placeIn(storage, `od'd "näme"+`), {}, async () => {
      let late: Promise<void> | undefined;
      await withPruneLease(storage, {}, async ({ isInUse, assertHeld }) => {
        expect([`od'd "näme"+`, 'another'].map(isInUse)).toEqual([true, false]);
        late = withUseLease(placeIn(storage, 'another'), {}, async () => void order.push('use'));
        await sleep(100);
        assertHeld();
        order.push('prune');
      });
      await late;
    });
    expect(order).toEqual(['prune', 'use']);
  });

  it('pass to another when a run is dead, and not before', async () => {
    const storage = await make();
    const dead = `.lease-prune-1_${'0'.repeat(12)}_${Date.now().toString(36)}_abc`;
    await storage.leases.write(dead);
    const options = { waitMs: 300, expiryMs: 1_500 };
    const early = withPruneLease(storage, options, async () => 'done');
    await expect(early).rejects.toThrow(StorageLockedError);
    await expect(early).rejects.toThrow(/process 1 of host 0{12} is pruning.*within 2 s/);
    expect(await withPruneLease(storage, { ...options, waitMs: 5_000 }, async () => 'done')).toBe(
      'done',
    );
    expect(await storage.leases.list('.lease-')).toEqual([]);
  });

  it('outlast their expiry while they are renewed', async () => {
    const storage = await make();
    const options = { waitMs: 50, expiryMs: 1_600 };
    await withPruneLease(storage, options, async ({ assertHeld }) => {
      await sleep(2_500);
      assertHeld();
      await expect(withPruneLease(storage, options, async () => 'done')).rejects.toThrow(
        'is pruning',
      );
    });
  });
});

it('know that they are lost when they cannot be renewed', async () => {
  const proxy = await faultyProxy(s3.endpoint);
  const storage = await inBucket(proxy.endpoint);
  await withPruneLease(storage, { expiryMs: 400 }, async ({ assertHeld }) => {
    proxy.cut();
    await sleep(500);
    expect(assertHeld).toThrow(StorageLockedError);
  });
});

it('end at once in a directory when their process was killed', async () => {
  const storage = await inFolder();
  const holder = spawn(process.execPath, [
    '--conditions=@tothub/source',
    '--input-type=module',
    '-e',
    `const { withPruneLease } = await import(${JSON.stringify(new URL('./lease.ts', import.meta.url).href)});
     const { openStorage } = await import(${JSON.stringify(new URL('./open-storage.ts', import.meta.url).href)});
     await withPruneLease(await openStorage(${JSON.stringify(storage.location)}), {}, async () => {
       console.log('held');
       await new Promise((resolve) => setTimeout(resolve, 60_000));
     });`,
  ]);
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  const early = withPruneLease(storage, { waitMs: 100 }, async () => 'done');
  await expect(early).rejects.toThrow(`process ${holder.pid}`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(await withPruneLease(storage, { waitMs: 100 }, async () => 'done')).toBe('done');
});

it('are done without where nothing may be written or there is no folder', async () => {
  const storage = await openStorage(join(folder, 'not there'));
  expect(await withUseLease(placeIn(storage, 'x'), {}, async () => 'done')).toBe('done');
  const full = await inFolder();
  // The tests may run as root, whom no folder refuses.
  const refused = {
    ...full,
    leases: {
      ...full.leases,
      write: () => Promise.reject(Object.assign(new Error('read-only'), { code: 'EROFS' })),
    },
  };
  expect(await withUseLease(placeIn(refused, 'x'), {}, async () => 'done')).toBe('done');
});

it('leave other files beside the backups alone', async () => {
  const storage = await inFolder();
  const other = join(storage.location, 'lease-of-the-flat.txt');
  writeFileSync(other, '');
  utimesSync(other, 0, 0);
  await withPruneLease(storage, {}, async () => undefined);
  expect(readdirSync(storage.location)).toEqual(['lease-of-the-flat.txt']);
});
