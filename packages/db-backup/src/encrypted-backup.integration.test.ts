import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageKeys } from '../test/age-keys.ts';
import { age, hasAge } from '../test/age-program.ts';
import { enginesHere, execute, nastyDatabase } from '../test/databases.ts';
import { flipByte } from '../test/flip-byte.ts';
import { forge } from '../test/forge.ts';
import { childProcesses } from '../test/processes.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackup } from './create-backup.ts';
import {
  BackupDamagedError,
  BackupKeyError,
  BackupSwappedError,
  IdentityMissingError,
  WrongIdentityError,
} from './errors.ts';
import { listBackups } from './list-backups.ts';
import { restoreBackup } from './restore-backup.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
const { identity, recipient } = await ageKeys();
const second = await ageKeys();
const encryption = { recipients: [recipient, second.recipient] };
const identities = [identity];
let source: TestDatabase;
let target: TestDatabase;

beforeAll(async () => {
  [source, target] = await Promise.all([testDatabase(), testDatabase()]);
  await execute(
    source.url,
    `CREATE TABLE marked_table (id integer PRIMARY KEY, note text);
     INSERT INTO marked_table SELECT i, 'marked value' || i FROM generate_series(1, 3000) AS i;
     CREATE SEQUENCE marked_sequence; SELECT nextval('marked_sequence'); SELECT lo_create(77);`,
  );
});
afterAll(async () => {
  await source.drop();
  await target.drop();
});

const targetIsEmpty = async (): Promise<void> => {
  expect(await execute(target.url, `SELECT to_regclass('marked_table') AS found`)).toEqual([
    { found: null },
  ]);
};

/** Restores into the target, where it must fail before anything is written. */
async function refusal(path: string, options: object = { identities }): Promise<Error> {
  const error: unknown = await restoreBackup(path, { into: target.url, ...options }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  await targetIsEmpty();
  return error as Error;
}

describe.each(await enginesHere())('by the engine %s', (engine) => {
  let path: string;
  let manifestId: string;

  beforeAll(async () => {
    const made = await createBackup({
      connectionString: source.url,
      directory,
      engine,
      encryption,
    });
    path = made.path;
    manifestId = made.manifest.id;
    expect(made.manifest.tables).toEqual([expect.objectContaining({ rows: 3000 })]);
  });

  it('carries every kind of object over, and is proven by those who can read it', async () => {
    const nasty = await nastyDatabase();
    const made = await createBackup({ connectionString: nasty.url, directory, engine, encryption });
    for (const key of [identity, second.identity]) {
      const { checks } = await verifyBackup(made.path, {
        connectionString: nasty.url,
        identities: [key],
      });
      expect(checks.filter((check) => check.status !== 'passed')).toEqual([]);
    }
    await nasty.drop();
  });

  it('says nothing in clear but what it is, where from, and how long its files are', async () => {
    expect((await verifyBackup(path, { connectionString: source.url, identities })).ok).toBe(true);
    const names = (await readdir(path)).sort();
    const dump = engine === 'native' ? 'dump.pgdump.age' : 'dump.tothub.age';
    expect(names).toEqual([
      'catalog.json.age',
      'contents.json.age',
      dump,
      'manifest.json',
      'receipt.json',
    ]);
    for (const name of names) {
      const text = await readFile(join(path, name), 'latin1');
      expect(text.startsWith('age-encryption.org/v1\n')).toBe(name.endsWith('.age'));
      for (const secret of ['marked', 'note', ': 3000', 'PRIMARY KEY', 'PGDMP', 'tothub-dump']) {
        // Ciphertext may hold any four bytes by chance.
        if (!name.endsWith('.age') || secret.length > 6) expect(text).not.toContain(secret);
      }
    }
    const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
    expect(Object.keys(manifest).sort()).toEqual([
      'database',
      'encryption',
      'engine',
      'files',
      'finishedAt',
      'formatVersion',
      'id',
      'seal',
      'server',
      'snapshot',
      'startedAt',
    ]);
    expect(manifest).toMatchObject({ formatVersion: 2, encryption: { opensWith: 'identity' } });
  });

  it('is listed as verified without any key', async () => {
    const listed = (await listBackups(directory)).find((backup) => backup.path === path);
    expect(listed).toMatchObject({ state: 'verified', manifest: { id: manifestId } });
  });

  it('is restored without a file of its contents and without a key in an argument', async () => {
    const seen: string[] = [];
    let isOver = false;
    const watching = (async () => {
      for (; !isOver; await sleep(5)) seen.push(...childProcesses());
    })();
    const before = await readdir(path);
    const { manifest } = await restoreBackup(path, { into: target.url, identities });
    isOver = true;
    await watching;
    expect(manifest.tables).toEqual([expect.objectContaining({ rows: 3000 })]);
    expect(await execute(target.url, 'SELECT count(*)::int FROM marked_table')).toEqual([
      { count: 3000 },
    ]);
    expect(await readdir(path)).toEqual(before);
    if (engine === 'native' && process.platform === 'linux') {
      expect(seen.some((text) => text.includes('pg_restore'))).toBe(true);
    }
    expect(seen.filter((text) => /AGE-SECRET|marked/.test(text))).toEqual([]);
    await target.drop();
    target = await testDatabase();
  });

  it('is refused before anything is written to whoever cannot read it', async () => {
    expect(await refusal(path, {})).toBeInstanceOf(IdentityMissingError);
    const stranger = (await ageKeys()).identity;
    expect(await refusal(path, { identities: [stranger] })).toBeInstanceOf(WrongIdentityError);
    expect(await refusal(path, { identities: ['age'] })).toBeInstanceOf(BackupKeyError);
    const receipt = await readFile(join(path, 'receipt.json'), 'utf8');
    const verify = verifyBackup(path, { connectionString: source.url });
    await expect(verify).rejects.toThrow(IdentityMissingError);
    // Who could not try says nothing about the backup.
    expect(await readFile(join(path, 'receipt.json'), 'utf8')).toBe(receipt);
  });

  it('is refused when any byte of any file was changed, cut or added', async () => {
    const files = (await readdir(path)).filter((name) => name !== 'receipt.json');
    const copy = join(directory, `damaged-${engine}`);
    const damage = fc.record({
      file: fc.constantFrom(...files),
      place: fc.double({ min: 0, max: 0.999999, noNaN: true }),
      kind: fc.constantFrom('flip', 'cut', 'add'),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, place, kind }) => {
        await cp(path, copy, { recursive: true });
        const victim = join(copy, file);
        const at = Math.floor(place * (await readFile(victim)).length);
        if (kind === 'flip') await flipByte(victim, at);
        else if (kind === 'cut') await truncate(victim, at);
        else await writeFile(victim, 'x', { flag: 'a' });
        const restore = restoreBackup(copy, { into: target.url, identities });
        await expect(restore).rejects.toThrow(BackupDamagedError);
      }),
      { numRuns: 40 },
    );
    await targetIsEmpty();
    const listed = (await listBackups(directory)).find((backup) => backup.path === copy);
    expect(listed).toMatchObject({ state: 'damaged' });
    await rm(copy, { recursive: true });
  });

  it('is refused when files of two backups are put together, also with a manifest that fits them', async () => {
    const other = await createBackup({
      connectionString: target.url,
      directory,
      engine,
      encryption,
    });
    const spliced = join(directory, `spliced-${engine}`);
    const splice = async (name: string): Promise<Error> => {
      await rm(spliced, { recursive: true, force: true });
      const measured = JSON.parse(await readFile(join(other.path, 'manifest.json'), 'utf8'));
      await forge(path, spliced, 'manifest.json', ({ files }) => ({
        files: (files as { name: string }[]).map((file) =>
          file.name === name
            ? measured.files.find((each: { name: string }) => each.name === name)
            : file,
        ),
      }));
      await cp(join(other.path, name), join(spliced, name));
      return refusal(spliced);
    };
    const [dump = ''] = (await readdir(path)).filter((name) => name.startsWith('dump.'));
    expect(await splice('contents.json.age')).toBeInstanceOf(BackupSwappedError);
    expect((await splice('catalog.json.age')).message).toMatch(/catalog\.json is not what the/);
    expect((await splice(dump)).message).toMatch(/dump\.\w+ is not what the backup says/);
    await rm(spliced, { recursive: true });
    const copy = join(
      directory,
      `app-20260101T000000Z-${engine === 'native' ? 'aaaaaa' : 'bbbbbb'}`,
    );
    await cp(path, copy, { recursive: true });
    await cp(join(other.path, 'manifest.json'), join(copy, 'manifest.json'));
    const swapped = await refusal(copy);
    expect(swapped).toBeInstanceOf(BackupSwappedError);
    expect(swapped.message).toContain(
      `manifest.json in ${copy} belongs to the backup ${basename(other.path)}`,
    );
    await rm(copy, { recursive: true });
  });

  it.skipIf(!hasAge)(
    'gives its dump to age and pg_restore alone (skipped without age)',
    async () => {
      const keyFile = join(directory, `identity-${engine}`);
      await writeFile(keyFile, identity, { mode: 0o600 });
      const [dump = ''] = (await readdir(path)).filter((name) => name.startsWith('dump.'));
      const plain = age(['--decrypt', '--identity', keyFile, join(path, dump)]);
      expect(plain.subarray(0, 40).toString('latin1')).toMatch(
        engine === 'native' ? /^PGDMP/ : /^\{"kind":"begin","format":"tothub-dump"/,
      );
      const contents = age(['--decrypt', '--identity', keyFile, join(path, 'contents.json.age')]);
      expect(JSON.parse(String(contents))).toMatchObject({ backupId: manifestId });
    },
  );
});

it('opens with a passphrase, of which nothing is written anywhere', async () => {
  const passphrase = 'four marked words ü';
  const { path, manifest } = await createBackup({
    connectionString: source.url,
    directory,
    encryption: { passphrase },
  });
  expect(manifest.encryption).toEqual({ format: 'age', opensWith: 'passphrase' });
  const { ok } = await verifyBackup(path, {
    connectionString: source.url,
    identities: [{ passphrase }],
  });
  expect(ok).toBe(true);
  for (const name of await readdir(path)) {
    expect(await readFile(join(path, name), 'utf8')).not.toContain('four marked');
  }
  expect(await refusal(path, { identities })).toBeInstanceOf(WrongIdentityError);
});

it('writes nothing for a recipient that is none', async () => {
  const before = await readdir(directory);
  const backup = createBackup({
    connectionString: 'postgresql://nobody@127.0.0.1:1/none',
    directory,
    encryption: { recipients: ['age1wrong'] },
  });
  await expect(backup).rejects.toThrow(BackupKeyError);
  expect(await readdir(directory)).toEqual(before);
});
