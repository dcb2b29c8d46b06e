import { readdir } from 'node:fs/promises';
import { testDatabase } from '@tothub/db-testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';
import { query } from './support/query.ts';
import { runCli } from './support/run-cli.ts';
import { workplace } from './support/workplace.ts';

test('backups are made, proven, listed and pruned', async () => {
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  await query(database.url, 'CREATE TABLE kept AS SELECT 1 AS id');
  const cwd = await workplace();
  const backup = async (...args: string[]) => {
    const result = await runCli(['backup', ...args], { cwd });
    return { ...result, json: () => JSON.parse(result.stdout) };
  };

  const oldest = (await backup('create', '--url', database.url, '--json')).json();
  expect((await backup('verify', oldest.path, '--url', database.url)).code).toBe(0);
  for (let i = 0; i < 2; i++) expect((await backup('create', '--url', database.url)).code).toBe(0);

  const listed = (await backup('list', '--json')).json().backups;
  expect(listed.map(({ state }: { state: string }) => state)).toEqual([
    'unverified',
    'unverified',
    'verified',
  ]);

  const planned = (await backup('prune', '--keep-last', '1', '--dry-run', '--json')).json();
  expect(planned).toMatchObject({
    dryRun: true,
    removed: [listed[1].name],
    kept: [
      { name: listed[0].name, reasons: ['last'] },
      { name: listed[2].name, reasons: ['newest verified'] },
    ],
  });
  const unasked = await backup('prune', '--keep-last', '1');
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toContain('--yes');
  expect(await readdir(`${cwd}/backups`)).toHaveLength(3);

  const pruned = await backup('prune', '--keep-daily', '1', '--yes');
  expect(pruned.stdout.replaceAll(/\S+-\d{8}T\d{6}Z-[0-9a-f]{6}/g, 'app-…')).toMatchInlineSnapshot(`
    "removed      app-…
    kept         app-… (daily)
    kept         app-… (newest verified)
    "
  `);
  expect(await readdir(`${cwd}/backups`)).toHaveLength(2);

  const without = await backup('prune', '--yes');
  expect(without.code).toBe(2);
  expect(without.stderr).toMatchInlineSnapshot(`
    "tothub-db: No rule was given.
    Pass --keep-last, --keep-daily or the like.
    "
  `);
});
