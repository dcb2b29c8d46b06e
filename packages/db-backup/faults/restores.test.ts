/** Restores that take the place of a database, or go object by object, killed (SIGKILL) at moments drawn at random. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRestored } from '../src/compare-restored.ts';
import { withConnection } from '../src/connection/connect.ts';
import { createBackup, restoreBackup } from '../src/index.ts';
import { openBackup } from '../src/storage/open-backup.ts';
import { locateBackup } from '../src/storage/open-storage.ts';
import { enginesHere, execute, nastyDatabase } from '../test/databases.ts';
import { untilAlone } from '../test/sessions.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { RUNS, randomNumbers } from './random.ts';

const directory = temporaryFolder();
const KILLS_A_RESTORE = 5;
let source: TestDatabase;

beforeAll(async () => {
  source = await nastyDatabase();
});
afterAll(() => source.drop());

function start(into: string, path: string, options: object): ReturnType<typeof spawn> {
  const script = fileURLToPath(new URL('../test/child-restore.ts', import.meta.url));
  const args = ['--conditions=@tothub/source', script, into, path, 'never', '1'];
  return spawn(process.execPath, [...args, JSON.stringify(options)], { stdio: 'ignore' });
}

async function timeOf(into: string, path: string, options: object): Promise<number> {
  const began = performance.now();
  const [code] = await once(start(into, path, options), 'exit');
  expect(code).toBe(0);
  return performance.now() - began;
}

async function differences(path: string, url: string): Promise<string[]> {
  const { manifest, catalog } = await openBackup(await locateBackup(path), {});
  const checks = await withConnection(url, undefined, (client) =>
    compareRestored(client, manifest, catalog, undefined),
  );
  return checks.filter(({ status }) => status !== 'passed').map(({ detail }) => detail);
}

const databaseThere = async (url: string): Promise<unknown> =>
  (
    await execute(
      url,
      `SELECT to_regclass('app.kinds') IS NOT NULL OR to_regclass('old') IS NOT NULL AS whole`,
    )
  )[0];

describe.each(await enginesHere())('by the engine %s', (engine) => {
  it.each([1, 2])(
    'goes on object by object wherever it was killed (%i sessions took it)',
    async (jobs) => {
      const random = randomNumbers(`stepwise ${engine} ${jobs}`);
      const { path } = await createBackup({
        connectionString: source.url,
        directory,
        engine,
        jobs,
      });
      const options = { resumable: true, sessions: 'keep' };
      const first = await testDatabase();
      const wholeMs = await timeOf(first.url, path, options);
      await first.drop();
      for (let run = 0; run < RUNS / KILLS_A_RESTORE; run++) {
        const target = await testDatabase();
        let isDone = false;
        for (let kill = 0; kill < KILLS_A_RESTORE && !isDone; kill++) {
          const child = start(target.url, path, options);
          const exited = once(child, 'exit');
          await Promise.race([exited, sleep((0.2 + random()) * wholeMs)]);
          isDone = child.exitCode === 0;
          child.kill('SIGKILL');
          await exited;
          await untilAlone(target.url);
        }
        if (!isDone) await restoreBackup(path, { into: target.url, resumable: true });
        expect(await differences(path, target.url)).toEqual([]);
        await target.drop();
      }
    },
  );

  it('leaves one whole database of the name, the old or the new, wherever a swap was killed', async () => {
    const random = randomNumbers(`swap ${engine}`);
    const { path } = await createBackup({ connectionString: source.url, directory, engine });
    const options = { swap: true, sessions: 'disconnect' };
    const target = await testDatabase();
    await execute(target.url, 'CREATE TABLE old ()');
    const wholeMs = await timeOf(target.url, path, options);
    for (let run = 0; run < RUNS; run++) {
      const child = start(target.url, path, options);
      const exited = once(child, 'exit');
      // Most of them near the end, where the names are exchanged.
      await Promise.race([exited, sleep((0.3 + 0.8 * Math.sqrt(random())) * wholeMs)]);
      child.kill('SIGKILL');
      await exited;
      expect(await databaseThere(target.url)).toEqual({ whole: true });
      await untilAlone(target.url);
    }
    await restoreBackup(path, { into: target.url, swap: true, sessions: 'disconnect' });
    expect(await differences(path, target.url)).toEqual([]);
    const ours = await execute(
      testCluster().adminUrl,
      `SELECT format('%I', datname) AS name FROM pg_database WHERE datname LIKE '${target.name}%'
         OR datname LIKE 'tothub_restore%' AND shobj_description(oid, 'pg_database') LIKE '%${target.name}%'`,
    );
    // Nothing under a working name is left: it became the database, or is taken up by the next run.
    expect(ours.filter(({ name }) => `${name}`.startsWith('tothub_restore'))).toEqual([]);
    for (const { name } of ours)
      await execute(testCluster().adminUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  });
});
