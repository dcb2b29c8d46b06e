import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesHere, execute, nastyDatabase } from '../../../test/databases.ts';
import { killedRestore } from '../../../test/killed-restore.ts';
import { temporaryFolder } from '../../../test/temporary-folder.ts';
import { compareRestored } from '../../compare-restored.ts';
import { withConnection } from '../../connection/connect.ts';
import { createBackup } from '../../create-backup.ts';
import { restoreBackup } from '../../restore-backup.ts';
import { openBackup } from '../../storage/open-backup.ts';
import { locateBackup } from '../../storage/open-storage.ts';

const directory = temporaryFolder();
const onServer = (sql: string) => execute(testCluster().adminUrl, sql);
let source: TestDatabase;

beforeAll(async () => {
  source = await nastyDatabase();
});
afterAll(() => source.drop());

async function differences(path: string, url: string): Promise<string[]> {
  const { manifest, catalog } = await openBackup(await locateBackup(path), {});
  const checks = await withConnection(url, undefined, (client) =>
    compareRestored(client, manifest, catalog, undefined),
  );
  return checks.filter(({ status }) => status !== 'passed').map(({ detail }) => detail);
}

describe.each(await enginesHere())('a backup by the engine %s', (engine) => {
  // Each engine with one way of dumping; `test:faults` has the other two.
  it('is restored object by object, also after it was killed', async () => {
    const jobs = engine === 'native' ? 2 : 1;
    const { path } = await createBackup({
      connectionString: source.url,
      directory,
      engine,
      jobs,
    });
    const target = await testDatabase();
    const at = { phase: 'restore', count: 6 };
    expect(await killedRestore(target.url, path, at, { resumable: true })).toBe(true);
    const tables: string[] = [];
    const { oneTransaction } = await restoreBackup(path, {
      into: target.url,
      resumable: true,
      onProgress: ({ table }) => table && tables.push(table),
    });
    const found = await differences(path, target.url);
    await target.drop();
    expect({ oneTransaction, found }).toEqual({ oneTransaction: false, found: [] });
    expect(tables).toContain('app.kinds');
  });

  it('has the few tables there before other sessions fill them', async () => {
    const few = await testDatabase();
    await execute(few.url, 'CREATE TABLE a AS SELECT 1 AS id; CREATE TABLE b AS SELECT 2 AS id');
    const { path } = await createBackup({ connectionString: few.url, directory, engine, jobs: 2 });
    await execute(few.url, 'DROP TABLE a; DROP TABLE b');
    await restoreBackup(path, { into: few.url });
    const found = await differences(path, few.url);
    await few.drop();
    expect(found).toEqual([]);
  });

  it('restores policies for roles that have another name, in one transaction', async () => {
    const [from, to] = [`mapped "from" ${engine}`, `mapped to ${engine}`];
    const original = await testDatabase();
    await onServer(`CREATE ROLE "${from.replaceAll('"', '""')}"; CREATE ROLE "${to}"`);
    await execute(
      original.url,
      `CREATE TABLE "t\nt" (id int); CREATE POLICY "p ""q" ON "t\nt" AS RESTRICTIVE FOR UPDATE
         TO "${from.replaceAll('"', '""')}" USING (id > 1) WITH CHECK (id < 9);`,
    );
    const { path } = await createBackup({ connectionString: original.url, directory, engine });
    await original.drop();
    await onServer(`DROP ROLE "${from.replaceAll('"', '""')}"`);
    const target = await testDatabase();
    const { oneTransaction } = await restoreBackup(path, {
      into: target.url,
      mapRoles: { [from]: to },
    });
    const policies = await execute(
      target.url,
      'SELECT policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies',
    );
    await target.drop();
    await onServer(`DROP ROLE "${to}"`);
    expect({ oneTransaction, policies }).toEqual({
      oneTransaction: true,
      policies: [
        {
          policyname: 'p "q',
          permissive: 'RESTRICTIVE',
          roles: `{"${to}"}`,
          cmd: 'UPDATE',
          qual: '(id > 1)',
          with_check: '(id < 9)',
        },
      ],
    });
  });
});
