/** Databases that hold more than the legacy schema: what stands in the way is found before anything is changed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { legacyDatabase } from '@tothub/db-testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';
import { query } from './support/query.ts';
import { runCli } from './support/run-cli.ts';
import { readValues } from './support/values.ts';
import { workplace } from './support/workplace.ts';

test.for([
  ['a table principals of its own', 'CREATE TABLE principals (id integer)', 'principals'],
  [
    'a children.parent_id that cannot be empty',
    "ALTER TABLE children ADD COLUMN parent_id text NOT NULL DEFAULT ''",
    'parent_id',
  ],
  ['a foreign audit.log', 'CREATE SCHEMA audit; CREATE TABLE audit.log (id integer)', 'audit'],
] as const)('refuses %s after a rehearsal, and changes nothing', async ([, sql, named]) => {
  const database = await legacyDatabase();
  onTestFinished(() => database.drop());
  await query(database.url, sql);
  const state = () => readValues(database.url, ['public', 'archive', 'tothub', 'audit', 'drizzle']);
  const before = await state();
  const cwd = await workplace();
  const { code, stderr } = await runCli(['improve', '--url', database.url], { cwd });
  expect(code, stderr).toBe(1);
  expect(stderr).toContain('failed there. Nothing was changed.');
  expect(stderr.slice(stderr.indexOf('Nothing was changed.'))).toContain(named);
  expect(await state()).toEqual(before);
});

test('what was in the way can be moved, and the next run begins anew', async () => {
  const database = await legacyDatabase();
  onTestFinished(() => database.drop());
  await query(database.url, 'CREATE TABLE child_guardians (id integer)');
  const cwd = await workplace();
  const improve = () => runCli(['improve', '--url', database.url], { cwd });
  expect((await improve()).code).toBe(1);
  await query(database.url, 'ALTER TABLE child_guardians RENAME TO other_guardians');
  const { code, stderr } = await improve();
  expect(code, stderr).toBe(0);
  expect(await readFile(join(cwd, 'tothub-improve', 'report.md'), 'utf8')).toContain('rehearsal');
});
