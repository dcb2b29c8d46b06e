/**
 * Every byte of a backup changed and every length it could be cut to, one after the other (of a long file some thousand
 * places): none may pass, whichever file, engine and protection.
 */
import { cp, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BackupDamagedError, createBackup, verifyBackup } from '../src/index.ts';
import { generateSigningKey, publicKeyOf } from '../src/signing/signing-key.ts';
import { openBackup } from '../src/storage/open-backup.ts';
import { locateBackup } from '../src/storage/open-storage.ts';
import { readManifest } from '../src/storage/read-manifest.ts';
import { readReceipt } from '../src/storage/receipt.ts';
import { ageKeys } from '../test/age-keys.ts';
import { enginesHere, execute } from '../test/databases.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { randomNumbers } from './random.ts';

const PLACES = 1_500;
const directory = temporaryFolder();
const { identity, recipient } = await ageKeys();
const signingKey = generateSigningKey();
const trustedKeys = [publicKeyOf(signingKey)];
let source: TestDatabase;

beforeAll(async () => {
  source = await testDatabase();
  await execute(
    source.url,
    `CREATE TABLE t AS SELECT i, md5(i::text) FROM generate_series(1, 99) AS i`,
  );
});
afterAll(() => source.drop());

const cases = (await enginesHere()).flatMap((engine) =>
  ['plain', 'encrypted', 'signed'].map((kind) => [engine, kind] as const),
);

it.each(cases)(
  'no change of any byte and no cut passes, by the engine %s, %s',
  async (engine, kind) => {
    const random = randomNumbers(`damage ${engine} ${kind}`);
    const keys = {
      ...(kind !== 'plain' && { identities: [identity] }),
      ...(kind === 'signed' && { trustedKeys }),
    };
    const { path } = await createBackup({
      connectionString: source.url,
      directory,
      engine,
      ...(kind !== 'plain' && { encryption: { recipients: [recipient] } }),
      ...(kind === 'signed' && { signingKey }),
    });
    const signing = kind === 'signed' ? { signingKey } : {};
    expect(
      (await verifyBackup(path, { connectionString: source.url, ...keys, ...signing })).ok,
    ).toBe(true);
    const place = await locateBackup(path);
    const opens = () => openBackup(place, keys);
    const receipt = async () => readReceipt(place, await readManifest(place), keys.trustedKeys);
    await opens();
    expect(await receipt()).not.toBeNull();

    let tried = 0;
    for (const name of await readdir(path)) {
      const file = join(path, name);
      const whole = await readFile(file);
      const isRefused = async (): Promise<void> => {
        tried++;
        const look = name === 'receipt.json' ? receipt : opens;
        const outcome = await look().then(
          () => 'taken for whole',
          (error: unknown) => (error instanceof BackupDamagedError ? 'refused' : error),
        );
        // One assertion for many thousand places.
        if (outcome !== 'refused') expect({ name, outcome }).toEqual({ name, outcome: 'refused' });
      };
      const places =
        whole.length <= PLACES
          ? [...whole.keys()]
          : [...new Set(Array.from({ length: PLACES }, () => Math.floor(random() * whole.length)))];
      const handle = await open(file, 'r+');
      for (const at of places) {
        const right = whole[at] ?? 0;
        await handle.write(Buffer.from([right ^ (1 << Math.floor(random() * 8))]), 0, 1, at);
        await isRefused();
        await handle.write(Buffer.from([right]), 0, 1, at);
      }
      await handle.close();
      for (const length of places.toSorted((a, b) => b - a)) {
        await truncate(file, length);
        await isRefused();
      }
      await writeFile(file, Buffer.concat([whole, whole.subarray(-1)]));
      await isRefused();
      await writeFile(file, whole);
      await opens();
    }
    expect(tried).toBeGreaterThan(5_000);
  },
);

it('no file of another backup of the same database passes for its own', async () => {
  for (const [engine, kind] of cases) {
    const options = {
      connectionString: source.url,
      directory,
      engine,
      ...(kind !== 'plain' && { encryption: { recipients: [recipient] } }),
      ...(kind === 'signed' && { signingKey }),
    };
    const [mine, other] = [await createBackup(options), await createBackup(options)];
    const keys = { identities: [identity], ...(kind === 'signed' && { trustedKeys }) };
    for (const name of await readdir(mine.path)) {
      const kept = await readFile(join(mine.path, name));
      await cp(join(other.path, name), join(mine.path, name));
      // The catalogs of two backups of an unchanged database may be the same to the byte.
      const isSame = kept.equals(await readFile(join(mine.path, name)));
      const opened = openBackup(await locateBackup(mine.path), keys);
      if (isSame) await opened;
      else await expect(opened, `${name}, ${engine}, ${kind}`).rejects.toThrow(BackupDamagedError);
      await writeFile(join(mine.path, name), kept);
    }
  }
});
