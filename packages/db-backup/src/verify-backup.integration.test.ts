import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCatalog, serialiseCatalog } from '@tothub/db-catalog';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesHere, execute, nastyDatabase } from '../test/databases.ts';
import { forge } from '../test/forge.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { createBackupGate } from './backup-gate.ts';
import { createBackup } from './create-backup.ts';
import type { BackupManifest, ManifestTable } from './storage/manifest.ts';
import { verifyBackup } from './verify-backup.ts';

const directory = temporaryFolder();
let source: TestDatabase;

beforeAll(async () => {
  source = await nastyDatabase();
});
afterAll(() => source.drop());

describe.each(await enginesHere())('a backup by the engine %s', (engine) => {
  it('carries every kind of object and value over unchanged', async () => {
    const { path } = await createBackup({ connectionString: source.url, directory, engine });
    const { checks } = await verifyBackup(path, { connectionString: source.url });
    expect(
      checks.map(({ name, status, detail }) => [name, status === 'passed' ? status : detail]),
    ).toEqual([
      ['sealed', 'passed'],
      ['restored', 'passed'],
      ['catalog', 'passed'],
      ['counts', 'passed'],
      ['contents', 'passed'],
      ['sequences', 'passed'],
      ['large objects', 'passed'],
    ]);
  });
});

it('fails every comparison whose expectation is not met, and takes the receipt back', async () => {
  const { path } = await createBackup({ connectionString: source.url, directory });
  expect((await verifyBackup(path, { connectionString: source.url })).ok).toBe(true);
  expect(await readdir(path)).toContain('receipt.json');
  const catalog = parseCatalog(await readFile(join(path, 'catalog.json'), 'utf8'));
  const text = serialiseCatalog({ ...catalog, relations: catalog.relations.slice(1) });
  const forged = await forge(path, join(directory, 'forged'), 'manifest.json', (manifest) => {
    const { tables, sequences, files } = manifest as unknown as BackupManifest;
    const [first, second, ...others] = tables as [ManifestTable, ManifestTable];
    return {
      files: files.map((file) =>
        file.name === 'catalog.json' ? { name: file.name, ...measure(text) } : file,
      ),
      tables: [first, { ...second, hash: '7' }, ...others, { ...first, name: 'gone' }],
      sequences: sequences.map((sequence) => ({
        ...sequence,
        isCalled: !sequence.isCalled,
        lastValueAfter: sequence.lastValue,
        isCalledAfter: !sequence.isCalled,
      })),
      largeObjects: { count: 3, hash: '7' },
    };
  });
  await writeFile(join(forged, 'catalog.json'), text);
  const { ok, checks } = await verifyBackup(forged, { connectionString: source.url });
  expect(ok).toBe(false);
  expect(checks.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    'sealed: passed',
    'restored: passed',
    'catalog: failed',
    'counts: failed',
    'contents: failed',
    'sequences: failed',
    'large objects: failed',
  ]);
  expect(await readdir(forged)).not.toContain('receipt.json');
});

it('compares a sample of large tables where only that was hashed, and opens no gate with it', async () => {
  const large = await testDatabase();
  await execute(
    large.url,
    `CREATE TABLE large (id integer PRIMARY KEY, body text);
     INSERT INTO large SELECT i, repeat('x', 1000) FROM generate_series(1, 9000) AS i;
     CREATE TABLE small (id integer PRIMARY KEY); INSERT INTO small VALUES (1)`,
  );
  const options = { connectionString: large.url, directory: join(directory, 'sampled') };
  const { path, manifest } = await createBackup({ ...options, contentHash: 'sample' });
  expect(manifest.tables.map((table) => table.sample)).toEqual([
    { oneIn: 16, rows: 553 },
    undefined,
  ]);
  const { ok, checks } = await verifyBackup(path, options);
  const answer = await createBackupGate(options).check(['large']);
  await large.drop();
  expect([ok, ...checks.filter(({ name }) => name.includes('contents'))]).toMatchInlineSnapshot(`
    [
      true,
      {
        "detail": "2 content hashes are equal",
        "name": "sampled contents",
        "status": "passed",
      },
      {
        "detail": "the backup was taken with a sample of 1 tables: 553 of their rows were compared",
        "name": "contents",
        "status": "skipped",
      },
    ]
  `);
  expect(answer).toMatchObject({
    reason: expect.stringContaining('not everything was compared: contents'),
  });
});

function measure(text: string): { bytes: number; sha256: string } {
  return {
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
  };
}
