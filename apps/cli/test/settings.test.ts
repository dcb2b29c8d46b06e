/** What a database sets for its web requests must not reach an improvement. */
import { legacyDatabase } from '@tothub/db-testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';
import { lostValues } from './support/lost-values.ts';
import { query } from './support/query.ts';
import { runCli } from './support/run-cli.ts';
import { readValues } from './support/values.ts';
import { workplace } from './support/workplace.ts';

test('odd defaults of a database change nothing in an improvement', async () => {
  const database = await legacyDatabase();
  onTestFinished(() => database.drop());
  const before = await readValues(database.url);
  for (const setting of [
    "DateStyle = 'SQL, DMY'",
    "TimeZone = 'Asia/Kathmandu'",
    "IntervalStyle = 'sql_standard'",
    "bytea_output = 'escape'",
    "statement_timeout = '1s'",
    "lock_timeout = '50ms'",
    "idle_in_transaction_session_timeout = '1s'",
    "default_transaction_isolation = 'serializable'",
    'search_path = pg_catalog',
  ])
    await query(database.url, `ALTER DATABASE ${database.name} SET ${setting}`);
  const cwd = await workplace();
  await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd });
  const flags = ['--keys', 'keys.json', '--secrets', '--sample-data'];
  const improve = () => runCli(['improve', '--url', database.url, ...flags], { cwd });
  const { code, stderr } = await improve();
  expect(code, stderr).toBe(0);
  expect((await improve()).stdout).toContain('Nothing to do');
  await query(database.url, `ALTER DATABASE ${database.name} RESET ALL`);
  expect(await lostValues(before, database.url, `${cwd}/keys.json`)).toEqual([]);
});
