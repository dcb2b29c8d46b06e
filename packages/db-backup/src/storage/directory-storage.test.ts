import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { directoryStorage } from './directory-storage.ts';

const folder = temporaryFolder();

it('shows the folder under its name only when it is complete', async () => {
  const directory = join(folder, 'new', 'deep');
  const storage = directoryStorage(directory);
  expect(await storage.list()).toEqual([]);
  const draft = await storage.begin('app-1');
  await draft.writeFile('file', (sink) => sink.write(Buffer.from('abc')));
  const [partial = ''] = await readdir(directory);
  expect(partial).toMatch(/^\.partial-.*_app-1$/);
  expect((await stat(join(directory, partial))).mode & 0o077).toBe(0);
  expect(await storage.list()).toMatchObject([
    { name: partial, isPartial: true, files: [{ name: 'file', bytes: 3 }] },
  ]);
  await draft.publish('{}');
  expect(await readdir(directory)).toEqual(['app-1']);
  expect(await storage.list()).toMatchObject([{ name: 'app-1', isPartial: false }]);
  const failing = await storage.begin('app-2');
  const full = failing.writeFile('file', () => Promise.reject(new Error('full')));
  await expect(full).rejects.toThrow('full');
  await failing.discard();
  expect(await readdir(directory)).toEqual(['app-1']);
});

it('sweeps what dead runs left, and nothing else', async () => {
  const directory = join(folder, 'swept');
  const mine = `.partial-${process.ppid}_000000000000_${Date.now().toString(36)}_app-3`;
  for (const name of [
    '.removing-app-0',
    mine,
    '.git',
    'other',
    `.partial-7_000000000000_kaaaaaaa_app-4`,
  ]) {
    await mkdir(join(directory, name, 'inside'), { recursive: true });
  }
  await (await directoryStorage(directory).begin('app-5')).publish('{}');
  expect((await readdir(directory)).sort()).toEqual(['.git', mine, 'app-5', 'other']);
});
