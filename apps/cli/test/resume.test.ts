/** A stopped run whose backup was harmed before the next one: no proof is claimed from it. */
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { legacyDatabase } from '@tothub/db-testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { workplace } from './support/workplace.ts';

test('a backup that was damaged between two runs is replaced, and the run says what that means', async () => {
  const database = await legacyDatabase();
  onTestFinished(() => database.drop());
  const cwd = await workplace();
  const flags = ['improve', '--url', database.url];
  await runCli(flags, {
    cwd,
    onStderr: (child, text) => {
      if (text.includes('… audit')) child.kill('SIGKILL');
    },
  });
  const [backup = ''] = await readdir(join(cwd, 'backups'));
  const files = await readdir(join(cwd, 'backups', backup));
  const dump = files.find((name) => name.startsWith('dump.')) ?? '';
  await appendFile(join(cwd, 'backups', backup, dump), 'x');
  const { code, stderr } = await runCli(flags, { cwd });
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('gone or damaged, so what came before this one is not compared');
});
