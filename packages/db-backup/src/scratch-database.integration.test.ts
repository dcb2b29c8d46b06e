import { spawnSync } from 'node:child_process';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { execute } from '../test/databases.ts';
import { ScratchDatabaseError } from './errors.ts';
import { withScratchDatabase } from './scratch-database.ts';
import { currentOwner, formatOwner } from './storage/owner.ts';

let source: TestDatabase;

beforeAll(async () => {
  source = await testDatabase();
});
afterAll(() => source.drop());

async function databases(prefix: string): Promise<unknown[]> {
  const rows = await execute(
    source.url,
    `SELECT datname FROM pg_database WHERE starts_with(datname, '${prefix}')`,
  );
  return rows.map((row) => row.datname);
}

const mine = `tothub_scratch_${process.pid}_`;

it('gives an empty database and drops it, also after a failure and with sessions left open', async () => {
  const work = withScratchDatabase(source.url, async (url) => {
    expect(await databases(mine)).toHaveLength(1);
    await execute(url, 'CREATE TABLE t ()');
    throw new Error('halfway');
  });
  await expect(work).rejects.toThrow('halfway');
  expect(await databases(mine)).toEqual([]);
});

it('sweeps what a killed run left, and nothing else', async () => {
  const gone = { ...currentOwner(), pid: spawnSync(process.execPath, ['--version']).pid };
  const alive = { ...currentOwner(), pid: process.ppid };
  const comments = new Map([
    [`tothub_scratch_${formatOwner(gone)}_aaaaaa`, `'Scratch database of tothub-db; x'`],
    [`tothub_scratch_${formatOwner(gone)}_killed_before_its_comment`, 'NULL'],
    [`tothub_scratch_${formatOwner(gone)}_commented_by_others`, `'Ours, please keep'`],
    [`tothub_scratch_${formatOwner(alive)}_bbbbbb`, `'Scratch database of tothub-db; x'`],
  ]);
  const names = [...comments.keys()];
  for (const [name, comment] of comments) {
    await execute(testCluster().adminUrl, `CREATE DATABASE "${name}"`);
    await execute(testCluster().adminUrl, `COMMENT ON DATABASE "${name}" IS ${comment}`);
  }
  await withScratchDatabase(source.url, async () => undefined);
  const left = names.slice(2);
  expect(
    (await databases('tothub_scratch_')).filter((name) => names.includes(name as string)).sort(),
  ).toEqual(left.toSorted());
  for (const name of left) await execute(testCluster().adminUrl, `DROP DATABASE "${name}"`);
});

it('says what to do when the role may not create databases', async () => {
  await execute(source.url, 'CREATE ROLE scratchless LOGIN');
  const url = new URL(source.url);
  url.username = 'scratchless';
  const work = withScratchDatabase(url.href, async () => undefined);
  await expect(work).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ScratchDatabaseError: The role scratchless may not create a database. Run ALTER ROLE scratchless CREATEDB, or give the URL of a server where it may.]`,
  );
  await expect(work).rejects.toThrow(ScratchDatabaseError);
  await execute(source.url, 'DROP ROLE scratchless');
});
