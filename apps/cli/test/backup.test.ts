import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { startFauxqs } from 'fauxqs';
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

  const selective = ['create', '--url', database.url, '--out', 'selective', '--jobs', '2'];
  const partly = await backup(...selective, '--exclude-rows', 'kept', '--json');
  expect(partly.json().manifest).toMatchObject({
    isSelective: true,
    tables: [],
    missing: ['rows of public.kept (excluded by kept)'],
  });
  expect(partly.stderr).toContain('not in it: rows of public.kept (excluded by kept)');
  const nothing = await backup(...selective, '--schema', 'no_*');
  expect(nothing.code).toBe(1);
  expect(nothing.stderr).toContain('"no_*" means no table of this database');

  const without = await backup('prune', '--yes');
  expect(without.code).toBe(2);
  expect(without.stderr).toMatchInlineSnapshot(`
    "tothub-db: No rule was given.
    Pass --keep-last, --keep-daily or the like.
    "
  `);
});

test('backups are encrypted, signed, and demanded to be so', async () => {
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  await query(database.url, `CREATE TABLE hidden_name AS SELECT 'hidden value' AS note`);
  const cwd = await workplace();
  const backup = (args: string[], env: Record<string, string> = {}) =>
    runCli(['backup', ...args], { cwd, env });

  const made = await backup(['keys', 'init', '--out', 'backup.keys', '--json']);
  const { recipient, publicKey } = JSON.parse(made.stdout);
  expect((await stat(`${cwd}/backup.keys`)).mode & 0o777).toBe(0o600);
  const again = await backup(['keys', 'init', '--out', 'backup.keys']);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('already exists');
  const spoken = await backup(['keys', 'init', '--out', 'other.keys']);
  expect(spoken.stdout).toMatch(
    /^recipient {3}age1\w+\npublic key {2}ed25519:\S+\n\nKeep .* apart/,
  );
  expect(`${made.stdout}${made.stderr}${spoken.stdout}${spoken.stderr}`).not.toMatch(
    /SECRET|SIGNING/,
  );

  const onlyRecipient = { TOTHUB_BACKUP_RECIPIENTS: `${recipient}` };
  const unsigned = await backup(['create', '--url', database.url], onlyRecipient);
  expect(unsigned.stderr).toContain('1 tables, encrypted for 1 recipient, not signed');
  const keys = { TOTHUB_BACKUP_KEYS_FILE: 'backup.keys' };
  const created = await backup(['create', '--url', database.url, '--recipient', recipient], keys);
  expect(created.stderr).toContain('encrypted for 1 recipient, signed');
  const path = created.stdout.trim();
  for (const name of await readdir(path))
    expect(await readFile(`${path}/${name}`, 'latin1')).not.toMatch(/hidden/);

  const refusals = [
    [await backup(['verify', path, '--url', database.url]), 'no identity was given'],
    [
      await backup(['verify', path, '--url', database.url, '--backup-keys', 'other.keys']),
      'which is not trusted',
    ],
    [
      await backup(['verify', unsigned.stdout.trim(), '--url', database.url], keys),
      'manifest.json is not signed',
    ],
    [await backup(['create', '--url', database.url, '--recipient', 'age1x']), 'Recipient 1 is not'],
  ] as const;
  for (const [{ code, stdout, stderr }, said] of refusals) {
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(said),
    });
  }
  expect((await backup(['verify', path, '--url', database.url], keys)).code).toBe(0);
  const list = async (env: Record<string, string>) =>
    JSON.parse((await backup(['list', '--json'], env)).stdout).backups.map(
      ({ state }: { state: string }) => state,
    );
  expect(await list({})).toEqual(['verified', 'unverified']);
  expect(await list({ TOTHUB_BACKUP_TRUSTED_KEYS: publicKey })).toEqual(['verified', 'untrusted']);
  const rule = ['prune', '--keep-last', '1', '--trusted-key', publicKey, '--dry-run', '--json'];
  // What a stranger may have put there is neither counted nor removed.
  expect(JSON.parse((await backup(rule)).stdout)).toMatchObject({
    removed: [],
    kept: [{ name: basename(path), reasons: ['last', 'newest verified'] }],
  });

  const target = await testDatabase();
  onTestFinished(() => target.drop());
  const restored = await backup(['restore', path, '--into', target.url], keys);
  expect(restored.code).toBe(0);
  expect(await query(target.url, 'SELECT note FROM hidden_name')).toEqual([
    { note: 'hidden value' },
  ]);

  await chmod(`${cwd}/backup.keys`, 0o644);
  const open = await backup(['restore', path, '--into', target.url], keys);
  expect(open.code).toBe(1);
  expect(open.stderr).toContain('can be read by others (mode 644). Run chmod 600');
  const both = await backup(
    ['create', '--url', database.url, '--passphrase-file', 'p'],
    onlyRecipient,
  );
  expect(both.code).toBe(2);
});

test('a backup goes beside the database, takes its place, and gives it back', async () => {
  const database = await testDatabase();
  await query(database.url, 'CREATE TABLE kept AS SELECT 1 AS id');
  const cwd = await workplace();
  const backup = async (args: string[], env: Record<string, string> = {}) =>
    runCli(['backup', ...args], { cwd, env });
  const path = (await backup(['create', '--url', database.url])).stdout.trim();
  const sealed = await backup(['verify', path, '--level', 'sealed', '--json']);
  expect(JSON.parse(sealed.stdout)).toMatchObject({ ok: true, level: 'sealed' });
  await query(database.url, 'INSERT INTO kept VALUES (2)');
  const into = { TOTHUB_RESTORE_URL: database.url };

  const planned = await backup(['restore', path, '--dry-run', '--json'], into);
  expect(planned.code).toBe(1);
  expect(JSON.parse(planned.stdout)).toMatchObject({
    dryRun: true,
    how: 'empty',
    objects: ['table public.kept'],
  });
  const unasked = await backup(['restore', path, '--swap'], into);
  expect(unasked.code).toBe(2);
  const swapped = await backup(['restore', path, '--swap', '--yes', '--json'], into);
  const { kept } = JSON.parse(swapped.stdout);
  onTestFinished(async () => {
    await query(testCluster().adminUrl, `DROP DATABASE IF EXISTS "${undone.kept}"`);
    await database.drop();
  });
  expect(kept).toMatch(new RegExp(`^${database.name}_before_`));
  expect(await query(database.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  const undone = JSON.parse(
    (await backup(['undo', '--url', database.url, '--yes', '--json'])).stdout,
  );
  expect(undone.restored.name).toBe(kept);
  expect(await query(database.url, 'SELECT id FROM kept ORDER BY id')).toEqual([
    { id: 1 },
    { id: 2 },
  ]);

  const created = await backup([
    'restore',
    path,
    ...['--url', database.url, '--create', `${database.name}_new`, '--map-role', '"a=b"=postgres'],
  ]);
  expect({ code: created.code, said: created.stdout }).toEqual({
    code: 0,
    said: expect.stringContaining(`_new.`),
  });
  await query(testCluster().adminUrl, `DROP DATABASE "${database.name}_new"`);
  expect((await backup(['restore', path])).stderr).toContain('set TOTHUB_RESTORE_URL');
});

test('backups in a bucket are made, proven, listed and pruned', async () => {
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  await query(database.url, 'CREATE TABLE kept AS SELECT 1 AS id');
  const server = await startFauxqs({ port: 0, logger: false });
  onTestFinished(() => server.stop());
  server.createBucket('backups');
  const cwd = await workplace();
  const env = {
    DATABASE_URL: database.url,
    DB_BACKUP_PATH: `s3://backups/of app?endpoint=http://127.0.0.1:${server.port}&pathStyle=true`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'hunter2-of-s3',
  };
  const backup = (...args: string[]) => runCli(['backup', ...args], { cwd, env });

  const created = await backup('create', '--json');
  const { path } = JSON.parse(created.stdout);
  expect(path).toMatch(/^s3:\/\/backups\/of app\/\S+-[0-9a-f]{6}\?endpoint=/);
  expect((await backup('verify', path)).code).toBe(0);
  const listed = await backup('list');
  expect(listed.stdout).toMatch(/^verified .* \(unchanged since it was uploaded; not read\)\n$/);
  const read = JSON.parse((await backup('list', '--check', '--json')).stdout).backups;
  expect(read).toMatchObject([{ state: 'verified', checked: 'contents', path }]);
  const pruned = await backup('prune', '--keep-last', '1', '--yes', '--json');
  expect(JSON.parse(pruned.stdout)).toMatchObject({ removed: [], kept: [{}] });
  expect(await readdir(cwd)).toEqual([]);

  const wrong = await backup('list', '--out', 's3://key:hunter2-of-s3@backups/x');
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('credentials do not belong into it');
  const said = [created, listed, pruned, wrong].map(({ stdout, stderr }) => stdout + stderr);
  expect(said.join('')).not.toContain('hunter2');
});
