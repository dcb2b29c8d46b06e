/** Databases that hold more than the legacy schema: what stands in the way is found before anything is changed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { legacyDatabase } from '@tothub/db-testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';
import { query } from './support/query.ts';
import { runCli } from './support/run-cli.ts';
import { readValues } from './support/values.ts';
import { workplace } from './support/workplace.ts';

const stateOf = (url: string) =>
  readValues(url, ['public', 'archive', 'tothub', 'audit', 'drizzle']);

test.for([
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
  const before = await stateOf(database.url);
  const { code, stderr } = await runCli(['improve', '--url', database.url], {
    cwd: await workplace(),
  });
  expect(code, stderr).toBe(1);
  expect(stderr).toContain('failed there. Nothing was changed.');
  expect(stderr.slice(stderr.indexOf('Nothing was changed.'))).toContain(named);
  expect(await stateOf(database.url)).toEqual(before);
});

test('refuses a table principals of its own; once that is moved, the next run begins anew', async () => {
  const database = await legacyDatabase();
  onTestFinished(() => database.drop());
  await query(database.url, 'CREATE TABLE principals (id integer)');
  const before = await stateOf(database.url);
  const cwd = await workplace();
  const improve = () => runCli(['improve', '--url', database.url], { cwd });
  const refused = await improve();
  expect(refused.code, refused.stderr).toBe(1);
  expect(refused.stderr.slice(refused.stderr.indexOf('Nothing was changed.'))).toContain(
    'principals',
  );
  expect(await stateOf(database.url)).toEqual(before);
  await query(database.url, 'ALTER TABLE principals RENAME TO other_principals');
  const { code, stderr } = await improve();
  expect(code, stderr).toBe(0);
  expect(await readFile(join(cwd, 'tothub-improve', 'report.md'), 'utf8')).toContain('rehearsal');
});
