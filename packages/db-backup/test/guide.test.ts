/** Runs the commands of docs/guides/restore-in-an-emergency.md, one after the other, in a shell as a person would. */
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@tothub/db-testkit/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { createBackup } from '../src/create-backup.ts';
import { createBackupKeys, readBackupKeys } from '../src/keys/backup-keys.ts';
import { verifyBackup } from '../src/verify-backup.ts';
import { hasAge } from './age-program.ts';
import { enginesHere, execute } from './databases.ts';
import { temporaryFolder } from './temporary-folder.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const guide = new URL('../../../docs/guides/restore-in-an-emergency.md', import.meta.url);
const root = temporaryFolder();

it('a database comes back from the folder of backups and the key file', async () => {
  const [source, target, spare] = await Promise.all([
    testDatabase(),
    testDatabase(),
    testDatabase(),
  ]);
  onTestFinished(async () => {
    for (const database of [source, target, spare]) await database.drop();
  });
  await execute(source.url, `CREATE TABLE kept AS SELECT 1 AS id, 'worth keeping' AS note`);
  const keyFile = join(root, 'backup.keys');
  const { recipient } = await createBackupKeys(keyFile);
  const keys = await readBackupKeys(keyFile);
  const directory = join(root, 'backups');
  const { path, manifest } = await createBackup({
    connectionString: source.url,
    directory,
    encryption: { recipients: [recipient] },
    ...keys,
  });
  expect((await verifyBackup(path, { connectionString: source.url, ...keys })).ok).toBe(true);

  const text = (await readFile(guide, 'utf8'))
    .replace('cd tothub-db\n', `cd '${checkout}'\n`)
    .replaceAll('/media/backups/tothub-20260101T023012Z-1a2b3c', path)
    .replaceAll('/media/backups', directory)
    .replaceAll('/media/key/backup.keys', keyFile)
    .replaceAll('dump.pgdump\n', `${root}/dump.pgdump\n`);
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  expect(blocks).toHaveLength(7);
  const byAge =
    manifest.engine.name === 'native' && hasAge && (await enginesHere()).includes('native');
  const script = blocks.slice(0, byAge ? 7 : 6).join('echo ----\n');
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
    {
      input: `${target.url}\n`,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: process.env.HOME, SPARE_URL: spare.url },
    },
  );
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^verified .*${basename(path)}`, 'm'));
  expect((await readdir(directory)).filter((name) => /Z-\w{6}$/.test(name))).toHaveLength(2);
  for (const { url } of byAge ? [target, spare] : [target]) {
    expect(await execute(url, 'SELECT * FROM kept')).toEqual([{ id: 1, note: 'worth keeping' }]);
  }
});
