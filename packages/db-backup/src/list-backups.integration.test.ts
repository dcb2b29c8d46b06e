import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { execute } from '../test/databases.ts';
import { forge } from '../test/forge.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackupGate } from './backup-gate.ts';
import { createBackup } from './create-backup.ts';
import { listBackups } from './list-backups.ts';
import { pruneBackups } from './prune-backups.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
let source: TestDatabase;
let other: TestDatabase;
let verified: string;

beforeAll(async () => {
  [source, other] = await Promise.all([testDatabase(), testDatabase()]);
  await execute(
    source.url,
    `CREATE TABLE kept (id integer); CREATE TABLE "Odd name" (id integer);
     CREATE TABLE split (id integer) PARTITION BY LIST (id); CREATE TABLE split_1 PARTITION OF split FOR VALUES IN (1)`,
  );
  ({ path: verified } = await createBackup({ connectionString: source.url, directory }));
  expect((await verifyBackup(verified, { connectionString: source.url })).ok).toBe(true);
});
afterAll(async () => {
  await source.drop();
  await other.drop();
});

it('says of every folder what it is worth', async () => {
  const unproven = await forge(verified, join(directory, 'unproven'), 'manifest.json', () => ({
    id: 'another',
  }));
  const edited = join(directory, 'edited');
  await cp(verified, edited, { recursive: true });
  const manifest = join(edited, 'manifest.json');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"rows": 0', '"rows": 1'));
  const noManifest = join(directory, 'app-20260101T000000Z-abcdef');
  await mkdir(noManifest);
  await mkdir(join(directory, 'holiday photos'));
  await writeFile(join(directory, 'a file'), '');
  const states = (await listBackups(directory)).map(({ path, state }) => [path, state]);
  expect(Object.fromEntries(states)).toEqual({
    [verified]: 'verified',
    [unproven]: 'unverified',
    [edited]: 'damaged',
    [noManifest]: 'damaged',
  });
  for (const path of [unproven, edited, noManifest]) await rm(path, { recursive: true });
  expect(await listBackups(join(directory, 'not there'))).toEqual([]);
});

it('opens the gate for what a fresh, proven backup of this database holds', async () => {
  const gate = createBackupGate({ directory, connectionString: source.url });
  const names = [
    'public.kept',
    'kept',
    'PUBLIC.Kept',
    'public.kept.id',
    'public."Odd name"',
    'public.split',
  ];
  expect(await gate.check(names)).toEqual({
    ok: true,
    receipt: verified.slice(directory.length + 1),
  });
});

it('keeps the gate shut, and says why', async () => {
  const gate = (options = {}) =>
    createBackupGate({ directory, connectionString: source.url, ...options });
  const reason = async (answer: ReturnType<ReturnType<typeof gate>['check']>): Promise<string> => {
    const { ok, ...rest } = await answer;
    expect(ok).toBe(false);
    return JSON.stringify(rest)
      .replaceAll(source.name, 'app')
      .replaceAll(other.name, 'other')
      .replaceAll(directory, 'dir')
      .replace(/app-\S+Z-[0-9a-f]{6}/, 'app-…');
  };
  expect(
    await reason(gate().check(['public.absent', 'public."odd name"', 'a.b.c.d', ''])),
  ).toMatchInlineSnapshot(
    `"{"reason":"The newest verified backup, app-…, does not hold public.absent, public.\\"odd name\\", a.b.c.d, . Take a backup of app and verify it."}"`,
  );
  expect(await reason(gate({ maxAgeMs: 0 }).check(['kept']))).toMatchInlineSnapshot(
    `"{"reason":"The newest verified backup, app-…, is 0 min old; 0 min are allowed. Take a backup of app and verify it."}"`,
  );
  expect(await reason(gate({ connectionString: other.url }).check(['kept']))).toMatchInlineSnapshot(
    `"{"reason":"There is no whole backup of this database in dir. Take a backup of other and verify it."}"`,
  );
  expect(
    await reason(gate({ directory: join(directory, 'none') }).check(['kept'])),
  ).toMatchInlineSnapshot(
    `"{"reason":"There is no whole backup of this database in dir/none. Take a backup of app and verify it."}"`,
  );
  const receipt = join(verified, 'receipt.json');
  const text = await readFile(receipt, 'utf8');
  await writeFile(receipt, text.replace('public.kept', 'public.gone'));
  expect(await reason(gate().check(['public.gone']))).toMatchInlineSnapshot(
    `"{"reason":"There is no whole backup of this database in dir. Take a backup of app and verify it."}"`,
  );
  await rm(receipt);
  expect(await reason(gate().check(['kept']))).toMatchInlineSnapshot(
    `"{"reason":"No backup of this database was ever verified. Take a backup of app and verify it."}"`,
  );
  await writeFile(receipt, text);
});

it('refuses a receipt of a database that was dropped and made again', async () => {
  const again = await testDatabase();
  await forge(verified, join(directory, 'renamed'), 'manifest.json', () => ({
    database: { name: again.name, oid: '1', systemIdentifier: null },
  }));
  const answer = await createBackupGate({ directory, connectionString: again.url }).check([]);
  await again.drop();
  await rm(join(directory, 'renamed'), { recursive: true });
  expect(answer).toMatchObject({ ok: false });
});

it('prunes all but the newest of each database, never the last verified one', async () => {
  const make = async (): Promise<string> =>
    (await createBackup({ connectionString: source.url, directory })).manifest.id;
  const ids = [await make(), await make(), await make()];
  const foreign = await createBackup({ connectionString: other.url, directory });
  const before = (await readdir(directory)).sort();
  const planned = await pruneBackups(directory, { keepLast: 1, dryRun: true });
  expect((await readdir(directory)).sort()).toEqual(before);
  // Of two runs at once, one removes and the other finds it done.
  const runs = await Promise.all([1, 2].map(() => pruneBackups(directory, { keepLast: 1 })));
  expect(runs.map(({ removed }) => removed.length).sort()).toEqual([0, 2]);
  expect(runs).toContainEqual(planned);
  expect(planned.removed).toHaveLength(2);
  expect(planned.kept.map(({ reasons }) => reasons.join(', ')).sort()).toEqual([
    'last',
    'last',
    'newest verified',
  ]);
  const left = (await readdir(directory)).filter((name) => name.startsWith('t_')).sort();
  expect(left).toEqual(
    [
      verified.slice(directory.length + 1),
      ...ids.filter((id) => !planned.removed.includes(id)),
      foreign.manifest.id,
    ].sort(),
  );
  await expect(pruneBackups(directory, { keepLast: 0 })).rejects.toThrow(RangeError);
});
