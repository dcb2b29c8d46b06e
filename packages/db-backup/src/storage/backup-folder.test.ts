import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { newBackupId, withNewBackupFolder } from './backup-folder.ts';

const folder = temporaryFolder();

it('names a backup safely whatever the database is called', () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  const names = ['app', '../../etc', '.hidden', 'a b/c\\d\n"é', 'ö'.repeat(31), 'x'.repeat(63)];
  for (const name of names) {
    expect(newBackupId(name, at)).toMatch(/^[A-Za-z0-9_-]{1,60}-20260102T030405Z-[0-9a-f]{6}$/);
  }
});

it('shows the folder under its name only when it is complete', async () => {
  const directory = join(folder, 'new', 'deep');
  const path = await withNewBackupFolder(directory, 'app-1', async (partial) => {
    expect(await readdir(directory)).toEqual([expect.stringMatching(/^\.partial-.*_app-1$/)]);
    expect((await stat(partial)).mode & 0o077).toBe(0);
    await writeFile(join(partial, 'file'), '');
  });
  expect(await readdir(path)).toEqual(['file']);
  const failing = withNewBackupFolder(directory, 'app-2', () => Promise.reject(new Error('full')));
  await expect(failing).rejects.toThrow('full');
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
  await withNewBackupFolder(directory, 'app-5', async () => undefined);
  expect((await readdir(directory)).sort()).toEqual(['.git', mine, 'app-5', 'other']);
});
