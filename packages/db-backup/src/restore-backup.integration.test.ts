import { cp, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesHere, execute } from '../test/databases.ts';
import { flipByte } from '../test/flip-byte.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackup } from './create-backup.ts';
import {
  BackupDamagedError,
  BackupError,
  RestoreFailedError,
  TargetLacksError,
  TargetNotEmptyError,
  ToolFailedError,
} from './errors.ts';
import { listBackups } from './list-backups.ts';
import { restoreBackup } from './restore-backup.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
let source: TestDatabase;
let target: TestDatabase;
const hostile = `t "r'e\\s=t ü`;

async function onServer(sql: string): Promise<void> {
  await execute(testCluster().adminUrl, sql);
}

beforeAll(async () => {
  source = await testDatabase();
  target = await testDatabase();
  await execute(
    source.url,
    `CREATE TABLE child (id integer PRIMARY KEY, name text);
     INSERT INTO child SELECT i, 'name ' || i FROM generate_series(1, 100) AS i;`,
  );
});
afterAll(async () => {
  await source.drop();
  await target.drop();
});

describe.each(await enginesHere())('a backup by the engine %s', (engine) => {
  let path: string;

  beforeAll(async () => {
    ({ path } = await createBackup({ connectionString: source.url, directory, engine }));
  });

  it('goes into an empty database, however that is called', async () => {
    await onServer(`CREATE DATABASE "${hostile.replaceAll('"', '""')}"`);
    const url = new URL(source.url);
    url.pathname = `/${encodeURI(hostile)}`;
    const result = await restoreBackup(path, { into: url.href });
    const rows = await execute(url.href, 'SELECT count(*)::int, max(id) FROM child');
    await onServer(`DROP DATABASE "${hostile.replaceAll('"', '""')}" WITH (FORCE)`);
    expect(rows).toEqual([{ count: 100, max: 100 }]);
    expect(result).toMatchObject({ oneTransaction: true, missingRoles: [] });
  });

  it.each([
    ['CREATE VIEW v AS SELECT 1 AS n', 'DROP VIEW v', 'view public.v'],
    ['CREATE SCHEMA "S x"', 'DROP SCHEMA "S x"', 'schema "S x"'],
    [
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'DROP FUNCTION f',
      'function public.f',
    ],
    [`CREATE TYPE e AS ENUM ('a')`, 'DROP TYPE e', 'type public.e'],
    ['SELECT lo_create(9)', 'SELECT lo_unlink(9)', 'large object 9'],
  ])('refuses a target that is not empty: %s', async (create, undo, named) => {
    await execute(target.url, create);
    const restore = restoreBackup(path, { into: target.url });
    await expect(restore).rejects.toThrow(TargetNotEmptyError);
    await expect(restore).rejects.toMatchObject({ objects: [named] });
    await execute(target.url, undo);
    expect(await execute(target.url, `SELECT to_regclass('child') AS found`)).toEqual([
      { found: null },
    ]);
  });

  it('changes nothing when it fails in the middle', async () => {
    // An event trigger is not an object of a schema; this one refuses the table.
    await execute(
      target.url,
      `CREATE SCHEMA temporary_; CREATE FUNCTION temporary_.no() RETURNS event_trigger LANGUAGE plpgsql
         AS $$ BEGIN RAISE EXCEPTION 'not here'; END $$;
       CREATE EXTENSION IF NOT EXISTS citext;
       CREATE EVENT TRIGGER no ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION temporary_.no();
       ALTER EXTENSION citext ADD FUNCTION temporary_.no(); ALTER EXTENSION citext ADD SCHEMA temporary_;`,
    );
    const error: unknown = await restoreBackup(path, { into: target.url }).catch(
      (thrown) => thrown,
    );
    expect([ToolFailedError, RestoreFailedError]).toContain((error as Error).constructor);
    expect((error as Error).message).toContain('not here');
    expect(await execute(target.url, `SELECT to_regclass('child') AS found`)).toEqual([
      { found: null },
    ]);
    await execute(target.url, 'DROP EVENT TRIGGER no; DROP EXTENSION citext');
  });

  it('is refused before anything is written when any byte of any file was changed, cut or added', async () => {
    const files = (await readdir(path)).filter((name) => name !== 'receipt.json');
    const copy = join(directory, `copy-of-${engine}`);
    const damage = fc.record({
      file: fc.constantFrom(...files),
      place: fc.double({ min: 0, max: 0.999, noNaN: true }),
      kind: fc.constantFrom('flip', 'cut', 'add'),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, place, kind }) => {
        await cp(path, copy, { recursive: true });
        const victim = join(copy, file);
        const { size } = await stat(victim);
        const at = Math.floor(place * size);
        if (kind === 'flip') await flipByte(victim, at);
        else if (kind === 'cut') await truncate(victim, at);
        else await writeFile(victim, 'x', { flag: 'a' });
        await expect(restoreBackup(copy, { into: target.url })).rejects.toThrow(BackupDamagedError);
      }),
      { numRuns: 60 },
    );
    expect(await execute(target.url, `SELECT to_regclass('child') AS found`)).toEqual([
      { found: null },
    ]);
    const { ok, checks } = await verifyBackup(copy, { connectionString: source.url });
    expect(ok).toBe(false);
    expect(checks.map((check) => check.status)).toEqual(['failed', ...Array(6).fill('skipped')]);
    const listed = (await listBackups(directory)).find((backup) => backup.path === copy);
    expect(listed).toMatchObject({ state: 'damaged', receipt: null });
  });

  it('does not take the dump of another backup for its own', async () => {
    const other = await createBackup({ connectionString: target.url, directory, engine });
    const copy = join(directory, `swapped-${engine}`);
    await cp(path, copy, { recursive: true });
    const dump = (await readdir(copy)).find((name) => name.startsWith('dump.')) ?? '';
    await cp(join(other.path, dump), join(copy, dump));
    await expect(restoreBackup(copy, { into: target.url })).rejects.toThrow(BackupDamagedError);
  });

  it('says which role a policy needs before anything is written', async () => {
    const role = `policy_${engine}`;
    await onServer(`CREATE ROLE ${role}`);
    await execute(source.url, `CREATE POLICY p ON child TO ${role} USING (true)`);
    const { path: withPolicy } = await createBackup({
      connectionString: source.url,
      directory,
      engine,
    });
    await execute(source.url, 'DROP POLICY p ON child');
    await onServer(`DROP ROLE ${role}`);
    const restore = restoreBackup(withPolicy, { into: target.url });
    await expect(restore).rejects.toThrow(TargetLacksError);
    await expect(restore).rejects.toThrow(`CREATE ROLE ${role} NOLOGIN`);
  });

  it('fails verification when the source itself cannot be rebuilt, and shows no value of a row', async () => {
    const messy = await testDatabase();
    await execute(
      messy.url,
      `CREATE TABLE p (id text PRIMARY KEY); CREATE TABLE c (p text REFERENCES p);
       SET session_replication_role = replica; INSERT INTO c VALUES ('orphan of private name');`,
    );
    const backup = await createBackup({ connectionString: messy.url, directory, engine });
    const { ok, checks } = await verifyBackup(backup.path, { connectionString: messy.url });
    await messy.drop();
    expect(ok).toBe(false);
    const restored = checks.find((check) => check.name === 'restored');
    expect(restored?.status).toBe('failed');
    expect(restored?.detail).toContain('c_p_fkey');
    expect(JSON.stringify(checks)).not.toContain('private name');
    expect(await readdir(backup.path)).not.toContain('receipt.json');
  });
});

// From 17 on, the server itself refuses such an index.
it.skipIf(testCluster().major >= 17)(
  'fails verification where an index needs a function that a restore does not find',
  async () => {
    const messy = await testDatabase();
    await execute(
      messy.url,
      `CREATE TABLE words (v text); INSERT INTO words VALUES ('a');
     CREATE FUNCTION inner_norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
     CREATE FUNCTION norm(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN inner_norm($1); END';
     CREATE INDEX words_norm ON words (norm(v));`,
    );
    const { path } = await createBackup({ connectionString: messy.url, directory });
    const { ok, checks } = await verifyBackup(path, { connectionString: messy.url });
    await messy.drop();
    expect(ok).toBe(false);
    expect(checks.find(({ name }) => name === 'restored')?.detail).toContain('inner_norm');
  },
);

it('names a folder that is no backup', async () => {
  await expect(restoreBackup(join(directory, 'nowhere'), { into: target.url })).rejects.toThrow(
    BackupError,
  );
});
