/** Backups, verifications and restores whose network fails after a number of bytes drawn at random. */
import { readdir } from 'node:fs/promises';
import { type TestDatabase, testDatabase } from '@tothub/db-testkit/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BackupError,
  createBackup,
  listBackups,
  restoreBackup,
  verifyBackup,
} from '../src/index.ts';
import { enginesHere, execute } from '../test/databases.ts';
import { failingNetwork, type NetworkFault } from '../test/failing-network.ts';
import { toolsAtWork } from '../test/processes.ts';
import { untilAlone } from '../test/sessions.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { RUNS as ALL_RUNS, randomNumbers } from './random.ts';

const FAULTS: readonly NetworkFault[] = ['reset', 'silence', 'server hangs up', 'client hangs up'];
/** Each fault has its share: what is done after a silence waits for a server that does not answer. */
const RUNS = Math.ceil(ALL_RUNS / FAULTS.length);
const directory = temporaryFolder();
const stopped = new Error('stopped by the test');
let source: TestDatabase;

beforeAll(async () => {
  source = await testDatabase();
  await execute(
    source.url,
    `CREATE TABLE a AS SELECT n, repeat(md5(n::text), 20) AS v FROM generate_series(1, 9000) AS n;
     CREATE TABLE b (id integer PRIMARY KEY, v text);
     INSERT INTO b SELECT n, md5(n::text) FROM generate_series(1, 9000) AS n; SELECT lo_from_bytea(7, repeat('x', 300000)::bytea)`,
  );
});
afterAll(() => source.drop());

type Work = (url: string, signal: AbortSignal) => Promise<unknown>;

/** How many bytes a whole run moves. */
async function bytesOf(target: string, work: Work): Promise<number> {
  const network = await failingNetwork(target, 'reset', Number.POSITIVE_INFINITY);
  await work(network.url, new AbortController().signal);
  await network.close();
  return network.bytes;
}

/** The outcome under a fault. Nobody can tell silence from work that takes long: there, the caller gives up. */
async function outcomeOf(
  target: string,
  fault: NetworkFault,
  after: number,
  work: Work,
): Promise<unknown> {
  const network = await failingNetwork(target, fault, after);
  const stop = new AbortController();
  const gaveUp = network.failed.then(() => fault === 'silence' && stop.abort(stopped));
  const outcome = await work(network.url, stop.signal).then(
    () => 'done',
    (error: unknown) => error,
  );
  await Promise.race([gaveUp, Promise.resolve()]);
  await network.close();
  return outcome;
}

describe.each(await enginesHere())('by the engine %s', (engine) => {
  let good: string;
  beforeAll(async () => {
    ({ path: good } = await createBackup({ connectionString: source.url, directory, engine }));
    expect((await verifyBackup(good, { connectionString: source.url })).ok).toBe(true);
  });

  it.each(FAULTS)('a backup fails cleanly or is whole: %s', async (fault) => {
    const random = randomNumbers(`backup ${engine} ${fault}`);
    const work: Work = (connectionString, signal) =>
      createBackup({ connectionString, directory, engine, signal });
    const whole = await bytesOf(source.url, work);
    for (let run = 0; run < RUNS; run++) {
      const before = (await readdir(directory)).sort();
      const after = Math.floor(random() * whole);
      const outcome = await outcomeOf(source.url, fault, after, work);
      if (outcome === 'done') continue;
      if (outcome !== stopped) expect(outcome, `after ${after}`).toBeInstanceOf(BackupError);
      expect((await readdir(directory)).sort(), `after ${after}`).toEqual(before);
    }
    await untilAlone(source.url);
    await expect.poll(() => toolsAtWork(source.name)).toEqual([]);
    for (const { state } of await listBackups(directory)) expect(state).toMatch(/verified$/);
  });

  it.each(FAULTS)('a verification takes nothing from a good backup: %s', async (fault) => {
    const random = randomNumbers(`verify ${engine} ${fault}`);
    const work: Work = (connectionString, signal) =>
      verifyBackup(good, { connectionString, signal });
    const whole = await bytesOf(source.url, work);
    for (let run = 0; run < RUNS; run++) {
      const after = Math.floor(random() * whole);
      const outcome = await outcomeOf(source.url, fault, after, work);
      const listed = (await listBackups(directory)).find(({ path }) => path === good);
      if (outcome !== 'done' && outcome !== stopped) {
        expect(outcome, `after ${after}`).toBeInstanceOf(BackupError);
      }
      expect({ after, state: listed?.state }).toEqual({ after, state: 'verified' });
    }
  });

  it.each(FAULTS)('a restore leaves an empty database or a whole one: %s', async (fault) => {
    const random = randomNumbers(`restore ${engine} ${fault}`);
    const work: Work = (into, signal) => restoreBackup(good, { into, signal });
    const first = await testDatabase();
    const whole = await bytesOf(first.url, work);
    await first.drop();
    for (let run = 0; run < RUNS; run++) {
      const target = await testDatabase();
      const after = Math.floor(random() * whole);
      const outcome = await outcomeOf(target.url, fault, after, work);
      await untilAlone(target.url);
      const tables = await execute(
        target.url,
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
      );
      await target.drop();
      const names = tables.map(({ name }) => name);
      if (outcome === 'done') expect(names).toEqual(['a', 'b']);
      else {
        if (outcome !== stopped) expect(outcome, `after ${after}`).toBeInstanceOf(BackupError);
        // The answer to a COMMIT may get lost: then it is whole, though nobody could say so.
        expect([[], ['a', 'b']]).toContainEqual(names);
      }
    }
    await expect.poll(() => toolsAtWork('t_')).toEqual([]);
  });
});
