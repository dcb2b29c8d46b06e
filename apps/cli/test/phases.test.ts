/**
 * `improve` in several runs, as a team would: first without keys, then with them, at last with --secrets; of a
 * database that has more than the legacy schema.
 */
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { legacyDatabase } from '@tothub/db-testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';
import { lostValues } from './support/lost-values.ts';
import { query } from './support/query.ts';
import { runCli } from './support/run-cli.ts';
import { readValues } from './support/values.ts';
import { workplace } from './support/workplace.ts';

test('what is more is named, keys may come later, secrets later still, and what is new is treated by the next run', async () => {
  const database = await legacyDatabase();
  onTestFinished(() => database.drop());
  const { url } = database;
  await query(url, 'ALTER TABLE public.children ADD COLUMN parent_id varchar');
  await query(
    url,
    'UPDATE public.children SET parent_id = (SELECT min(id) FROM parents) WHERE id = (SELECT min(id) FROM children)',
  );
  const before = await readValues(url);
  const cwd = await workplace();
  await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd });
  const improve = (...flags: string[]) => runCli(['improve', '--url', url, ...flags], { cwd });
  const expectDone = async (...flags: string[]) => {
    const { code, stderr } = await improve(...flags);
    expect(code, stderr).toBe(0);
    return stderr;
  };
  const secretFlags = ['--keys', 'keys.json', '--secrets', '--out', 'elsewhere'];

  expect(await expectDone()).toContain('parent_id');
  expect(await lostValues(before, url)).toEqual([]);
  expect(await readFile(join(cwd, 'tothub-improve', 'report.md'), 'utf8')).toContain('parent_id');
  await expectDone('--keys', 'keys.json');
  // The application gives a card another number: its look-up and ciphertext are made anew.
  const changed = '0xFEEDBEEF77';
  await query(
    url,
    "UPDATE security_credentials SET credential_data = $1 WHERE id = (SELECT min(id) FROM security_credentials WHERE credential_type = 'rfid')",
    [changed],
  );
  await expectDone(...secretFlags);

  const added = '0xDEADBEEF01';
  await query(
    url,
    "INSERT INTO security_credentials (id, user_id, device_id, credential_type, credential_data) SELECT 'new', user_id, device_id, 'rfid', $1 FROM security_credentials LIMIT 1",
    [added],
  );
  await expectDone(...secretFlags);
  const everything = JSON.stringify(
    [...(await readValues(url, ['public', 'archive', 'audit', 'tothub']))].map(([, rows]) => [
      ...rows.values(),
    ]),
  );
  for (const secret of [changed, added]) expect(everything).not.toContain(secret);
  // The number that the application itself replaced is the only value that is not kept.
  expect(await lostValues(before, url, join(cwd, 'keys.json'))).toEqual([
    expect.stringMatching(/security_credentials .* credential_data$/),
  ]);

  // Another key ring opens nothing, and so touches nothing.
  const state = await readValues(url);
  await rename(join(cwd, 'keys.json'), join(cwd, 'lost.json'));
  await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd });
  const { code, stderr } = await improve(...secretFlags);
  expect(code).toBe(1);
  expect(stderr).toContain('Use the key file that the value was written with');
  expect(await readValues(url)).toEqual(state);
});
