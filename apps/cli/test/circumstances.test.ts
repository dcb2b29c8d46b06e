/** What the role, the encoding and the defaults of a database may be must not reach an improvement. */
import { join } from 'node:path';
import { loadLegacyFixture } from '@tothub/db-testkit';
import { testCluster } from '@tothub/db-testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';
import { lostValues } from './support/lost-values.ts';
import { query } from './support/query.ts';
import { runCli } from './support/run-cli.ts';
import { readValues } from './support/values.ts';
import { workplace } from './support/workplace.ts';

/** What somebody may have set for the web requests of the application. */
const oddDefaults = [
  "DateStyle = 'SQL, DMY'",
  "TimeZone = 'Asia/Kathmandu'",
  "IntervalStyle = 'sql_standard'",
  "bytea_output = 'escape'",
  "statement_timeout = '1s'",
  "lock_timeout = '50ms'",
  "idle_in_transaction_session_timeout = '1s'",
  "default_transaction_isolation = 'serializable'",
  'search_path = pg_catalog',
];

test('the owner, who is no superuser, can improve the database, whatever its encoding and its odd defaults', async () => {
  const name = `owner_${process.pid}`;
  const { adminUrl, major } = testCluster();
  // A database without an encoding is what initdb makes under LANG=C; only a native pg_dump carries its bytes.
  const encoding = major === 15 ? 'SQL_ASCII' : 'UTF8';
  await query(adminUrl, `CREATE ROLE ${name} LOGIN CREATEDB`);
  await query(
    adminUrl,
    `CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
  );
  onTestFinished(async () => {
    await query(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await query(adminUrl, `DROP ROLE ${name}`);
  });
  const address = new URL(adminUrl);
  address.pathname = `/${name}`;
  address.username = name;
  const url = address.href;
  await loadLegacyFixture(url);
  const before = await readValues(url);
  for (const setting of oddDefaults) await query(adminUrl, `ALTER DATABASE ${name} SET ${setting}`);
  const cwd = await workplace();
  await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd });
  const flags = ['--keys', 'keys.json', '--secrets', '--sample-data'];
  const improve = () => runCli(['improve', '--url', url, ...flags], { cwd });

  const { code, stderr } = await improve();
  expect(code, stderr).toBe(0);
  expect((await improve()).stdout).toContain('Nothing to do');
  await query(adminUrl, `ALTER DATABASE ${name} RESET ALL`);
  expect(await lostValues(before, url, join(cwd, 'keys.json'))).toEqual([]);
});
