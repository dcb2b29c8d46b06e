import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesHere, nastyDatabase } from '../test/databases.ts';
import { createBackup } from './create-backup.ts';
import { verifyBackup } from './verify-backup.ts';

let directory: string;
let source: TestDatabase;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backup-verify-'));
  source = await nastyDatabase();
});
afterAll(async () => {
  await source.drop();
  await rm(directory, { recursive: true, force: true });
});

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
