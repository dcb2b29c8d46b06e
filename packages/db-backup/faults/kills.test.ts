/** Backups, verifications and restores that are killed (SIGKILL) at moments drawn at random. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testCluster, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackup, listBackups, verifyBackup } from '../src/index.ts';
import { enginesHere, execute } from '../test/databases.ts';
import { toolsAtWork } from '../test/processes.ts';
import { untilAlone } from '../test/sessions.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { RUNS, randomNumbers } from './random.ts';

const directory = temporaryFolder();
const tables = 12;
const rows = 4_000;
let source: TestDatabase;

beforeAll(async () => {
  source = await testDatabase();
  await execute(
    source.url,
    `DO $$ BEGIN FOR i IN 1..${tables} LOOP
       EXECUTE format('CREATE TABLE t%s (id integer PRIMARY KEY, v text)', i);
       EXECUTE format('INSERT INTO t%s SELECT n, repeat(md5(n::text), 4) FROM generate_series(1, ${rows}) AS n', i);
       EXECUTE format('CREATE INDEX ON t%s (v)', i);
     END LOOP; END $$; SELECT lo_create(5)`,
  );
});
afterAll(() => source.drop());

function start(...args: string[]): ChildProcess {
  const file = fileURLToPath(new URL('../test/child-run.ts', import.meta.url));
  return spawn(process.execPath, ['--conditions=@tothub/source', file, ...args], {
    stdio: 'ignore',
  });
}

/** Runs to the end once, and gives how long that took. */
async function timeOf(...args: string[]): Promise<number> {
  const began = performance.now();
  const [code] = await once(start(...args), 'exit');
  expect(code).toBe(0);
  return performance.now() - began;
}

/** Starts, and kills after a part of the time that a whole run takes; gives the process's number. */
async function kill(random: () => number, wholeMs: number, ...args: string[]): Promise<number> {
  const child = start(...args);
  const exited = once(child, 'exit');
  // Half of the time a process of Node.js only starts.
  await sleep((0.25 + 0.8 * random()) * wholeMs);
  child.kill('SIGKILL');
  await exited;
  return child.pid ?? 0;
}

const scratchDatabases = async (pids: readonly number[]): Promise<unknown[]> => {
  const found = await execute(
    testCluster().adminUrl,
    `SELECT datname FROM pg_database WHERE datname ~ '^tothub_scratch_'`,
  );
  return found.filter(({ datname }) => pids.some((pid) => `${datname}`.includes(`_${pid}_`)));
};

const passwordFiles = async (pids: readonly number[]): Promise<string[]> =>
  (await readdir(tmpdir())).filter(
    (name) => name.startsWith('tothub-pgpass-') && pids.some((pid) => name.includes(`-${pid}_`)),
  );

describe.each(await enginesHere())('by the engine %s', (engine) => {
  let good: string;

  beforeAll(async () => {
    ({ path: good } = await createBackup({ connectionString: source.url, directory, engine }));
    expect((await verifyBackup(good, { connectionString: source.url })).ok).toBe(true);
  });

  it('a killed backup leaves nothing that looks like one, and everything good', async () => {
    const random = randomNumbers(`backup ${engine}`);
    const url = new URL(source.url);
    url.password = 'passwd';
    const wholeMs = await timeOf('backup', url.href, directory, engine);
    const pids: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      pids.push(await kill(random, wholeMs, 'backup', url.href, directory, engine));
      const states = (await listBackups(directory)).map(({ state }) => state);
      expect(states).not.toContain('damaged');
      expect(states).toContain('verified');
      expect(states.filter((state) => state === 'partial').length).toBeLessThan(3);
    }
    await expect.poll(() => toolsAtWork(source.name)).toEqual([]);
    await untilAlone(source.url);
    await createBackup({ connectionString: url.href, directory, engine });
    for (const { state, path } of await listBackups(directory)) {
      expect(state).not.toBe('partial');
      expect((await verifyBackup(path, { connectionString: source.url })).ok).toBe(true);
    }
    expect(await passwordFiles(pids)).toEqual([]);
  });

  it('a killed verification takes nothing from a backup, and what it left is swept', async () => {
    const random = randomNumbers(`verify ${engine}`);
    const wholeMs = await timeOf('verify', source.url, good);
    const pids: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      pids.push(await kill(random, wholeMs, 'verify', source.url, good));
      const listed = (await listBackups(directory)).find(({ path }) => path === good);
      expect(listed?.state).toBe('verified');
    }
    await expect
      .poll(async () => {
        await verifyBackup(good, { connectionString: source.url });
        return scratchDatabases(pids);
      })
      .toEqual([]);
    expect((await readdir(good)).filter((name) => /new|partial/.test(name))).toEqual([]);
  });

  it('a killed restore leaves an empty database or a whole one', async () => {
    const random = randomNumbers(`restore ${engine}`);
    const first = await testDatabase();
    const wholeMs = await timeOf('restore', first.url, good);
    await first.drop();
    const outcomes = { empty: 0, whole: 0 };
    for (let run = 0; run < RUNS; run++) {
      const target = await testDatabase();
      await kill(random, wholeMs, 'restore', target.url, good);
      await untilAlone(target.url);
      const [{ tablesThere } = {}] = await execute(
        target.url,
        `SELECT count(*)::int AS "tablesThere" FROM pg_tables WHERE schemaname = 'public'`,
      );
      if (tablesThere === 0) outcomes.empty++;
      else {
        expect(tablesThere).toBe(tables);
        const all = Array.from({ length: tables }, (_, n) => `SELECT count(*) FROM t${n + 1}`);
        expect(
          await execute(
            target.url,
            `SELECT sum(count)::int FROM (${all.join(' UNION ALL ')}) AS c`,
          ),
        ).toEqual([{ sum: tables * rows }]);
        expect(await execute(target.url, 'SELECT oid::int FROM pg_largeobject_metadata')).toEqual([
          { oid: 5 },
        ]);
        outcomes.whole++;
      }
      await target.drop();
    }
    expect(outcomes.empty).toBeGreaterThan(0);
    await expect.poll(() => toolsAtWork(first.name)).toEqual([]);
  });
});
