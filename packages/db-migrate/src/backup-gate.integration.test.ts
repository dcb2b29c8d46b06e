import { expect, test } from 'vitest';
import { scenario } from '../test/scenario.ts';
import { BackupRequiredError } from './errors.ts';
import type { BackupGate } from './index.ts';

const FILES = {
  '0001_t.up.sql': 'CREATE TABLE t ();',
  '0002_drop.up.sql': '-- tothub: destructive public.t\n-- tothub: destructive u\nDROP TABLE t;',
  '0002_drop.down.sql': '-- tothub: destructive u\nCREATE TABLE t ();',
};

test('a destructive migration without a gate stops before any change', async () => {
  await using s = await scenario(FILES);
  const error = await s
    .migrator()
    .up()
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(BackupRequiredError);
  expect((error as Error).message).toMatchInlineSnapshot(
    `"0002_drop.up.sql is destructive for public.t, u, and no backup gate was given that could vouch for a backup. Nothing was changed. Make and verify a backup that covers them, then run again."`,
  );
  expect(await s.rows(`SELECT FROM pg_namespace WHERE nspname = 'tothub'`)).toEqual([]);
  expect((await s.migrator().up({ to: '1' })).applied).toHaveLength(1);
});

test('a gate that refuses is quoted, one that agrees leaves its receipt in the ledger', async () => {
  await using s = await scenario(FILES);
  const asked: unknown[] = [];
  let ok = false;
  const backupGate: BackupGate = {
    async check(objects) {
      asked.push(objects);
      return ok ? { ok, receipt: 'r-1' } : { ok, reason: 'the last backup is 3 days old' };
    },
  };
  await expect(s.migrator({ backupGate }).up()).rejects.toThrow(
    'the backup gate refused: the last backup is 3 days old. Nothing was changed.',
  );
  expect(await s.rows(`SELECT FROM pg_namespace WHERE nspname = 'tothub'`)).toEqual([]);
  ok = true;
  await s.migrator({ backupGate }).up();
  expect(asked).toEqual([
    ['public.t', 'u'],
    ['public.t', 'u'],
  ]);
  expect(await s.rows('SELECT backup_receipt FROM tothub.migrations ORDER BY version')).toEqual([
    { backup_receipt: null },
    { backup_receipt: 'r-1' },
  ]);
  ok = false;
  await expect(s.migrator({ backupGate }).down()).rejects.toBeInstanceOf(BackupRequiredError);
  expect(asked.at(-1)).toEqual(['u']);
});
