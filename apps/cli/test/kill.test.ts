/**
 * `improve` killed with SIGKILL at the start of its steps and at random moments, then run again, ends in the same
 * catalog with the same rows. Every fourth step and a random moment here, others on each version of the server;
 * `npm run test:kill` takes every step and `TOTHUB_KILLS` moments.
 */
import type { ChildProcess } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialiseCatalog } from '@tothub/db-catalog';
import { legacyDatabase, testCluster } from '@tothub/db-testkit/vitest';
import { beforeAll, expect, test } from 'vitest';
import { catalogOf } from './support/catalog-of.ts';
import { lostValues } from './support/lost-values.ts';
import { runCli } from './support/run-cli.ts';
import { readValues, type Values } from './support/values.ts';
import { workplace } from './support/workplace.ts';

const full = process.env.TOTHUB_KILLS;
const kills = Number(full ?? 1);
const flags = ['improve', '--keys', 'keys.json', '--secrets', '--sample-data'];
/** Values that differ from run to run by their nature: salts, nonces, and when something was done. */
const random = /(_hash|_lookup|_ciphertext|old_value|_at|created_at|first_seen_at)$/;

/** Small, seeded, and the same on every machine (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What must be the same whatever happened in between. */
function comparable(values: Values): string[] {
  const lines: string[] = [];
  for (const [table, rows] of values)
    for (const row of rows.values()) {
      const facts = Object.entries(row).filter(
        ([column]) =>
          !random.test(column) && !(column === 'id' && /quarantine|findings/.test(table)),
      );
      lines.push(`${table} ${JSON.stringify(facts)}`);
    }
  return lines.sort();
}

/** A moment of a run: so long after that many of its steps have begun. */
interface Moment {
  readonly steps: number;
  readonly afterMs: number;
}

interface Outcome {
  readonly catalog: string;
  readonly rows: string[];
  /** What the last run said. */
  readonly stderr: string;
  /** When each step of the first run began, from its start; what comes after the first check only reads. */
  readonly beganAtMs: readonly number[];
}

const namesOfSteps = (stderr: string): string[] =>
  [...stderr.matchAll(/^… (.*)$/gm)].map(([, name = '']) => name);

/** One database: killed at the moment, perhaps harmed, then run to the end. */
async function improveWith(
  moment?: Moment,
  harm?: (cwd: string) => Promise<void>,
): Promise<Outcome> {
  const database = await legacyDatabase();
  const cwd = await mkdtemp(join(tmpdir(), 'tothub-kill-'));
  await writeFile(join(cwd, 'keys.json'), keys, { mode: 0o600 });
  const before = await readValues(database.url);
  const beganAtMs = [0];
  const began = performance.now();
  let isArmed = moment !== undefined;
  const onSteps = (child: ChildProcess, count: number) => {
    while (beganAtMs.length <= count) beganAtMs.push(performance.now() - began);
    if (!moment || !isArmed || count < moment.steps) return;
    isArmed = false;
    if (moment.afterMs === 0) child.kill('SIGKILL');
    else setTimeout(() => child.kill('SIGKILL'), moment.afterMs).unref();
  };
  let last = await runCli([...flags, '--url', database.url], {
    cwd,
    onStart: (child) => onSteps(child, 0),
    onStderr: (child, stderr) => onSteps(child, namesOfSteps(stderr).length),
  });
  const steps = namesOfSteps(last.stderr).indexOf('migrations applied') + 1;
  await harm?.(cwd);
  if (last.signal === 'SIGKILL') last = await runCli([...flags, '--url', database.url], { cwd });
  expect(last.code, last.stderr).toBe(0);
  expect(await lostValues(before, database.url, `${cwd}/keys.json`)).toEqual([]);
  const outcome = {
    // Each database has its own OIDs, which recording functions know their tables by.
    catalog: serialiseCatalog({ ...(await catalogOf(database.url)), database: '' }).replaceAll(
      /is_unchanged\(\d+,/g,
      'is_unchanged(…,',
    ),
    rows: comparable(await readValues(database.url)),
    stderr: last.stderr,
    beganAtMs: beganAtMs.slice(0, steps + 1),
  };
  await database.drop();
  await rm(cwd, { recursive: true });
  return outcome;
}

let keys: string;
let reference: Outcome;
beforeAll(async () => {
  const folder = await workplace({ keep: true });
  await runCli(['secure', 'init', '--keys', 'keys.json'], { cwd: folder });
  keys = await readFile(join(folder, 'keys.json'), 'utf8');
  reference = await improveWith();
});

function expectSame(outcome: Outcome): void {
  expect(outcome.rows).toEqual(reference.rows);
  expect(outcome.catalog).toBe(reference.catalog);
}

/** Two at a time: this is what the machine of a test run has. */
async function expectSameFor(moments: readonly Moment[]): Promise<void> {
  const rest = [...moments];
  const lane = async () => {
    for (let moment = rest.shift(); moment; moment = rest.shift())
      expectSame(await improveWith(moment));
  };
  await Promise.all([lane(), lane()]);
}

/** The moment that lies at this fraction of the run of reference, told by its step: machines differ in pace. */
function momentAt(fraction: number): Moment {
  const at = fraction * (reference.beganAtMs.at(-1) ?? 0);
  const steps = reference.beganAtMs.findLastIndex((beganAtMs) => beganAtMs <= at);
  return { steps, afterMs: at - (reference.beganAtMs[steps] ?? 0) };
}

test(`killed at the start of ${full ? 'every step' : 'every sixth step'}`, {
  timeout: 3_600_000,
}, () => {
  const first = (testCluster().major - 15) >> 1;
  const moments = reference.beganAtMs.slice(1).map((_, n) => ({ steps: n + 1, afterMs: 0 }));
  expect(moments).toHaveLength(9);
  return expectSameFor(full ? moments : moments.filter((_, n) => n % 6 === first % 6));
});

test(`killed at ${kills} random moment(s)`, { timeout: 14_400_000 }, () => {
  const next = randomFrom(824 + testCluster().major);
  return expectSameFor(Array.from({ length: kills }, () => momentAt(next())));
});

test('a backup that was damaged after the kill is replaced, and the run says what that means', async () => {
  const steps = namesOfSteps(reference.stderr).indexOf('audit') + 1;
  const outcome = await improveWith({ steps, afterMs: 0 }, async (cwd) => {
    const [backup = ''] = await readdir(join(cwd, 'backups'));
    const files = await readdir(join(cwd, 'backups', backup));
    const dump = files.find((name) => name.startsWith('dump.')) ?? '';
    await appendFile(join(cwd, 'backups', backup, dump), 'x');
  });
  expect(outcome.stderr).toContain('gone or damaged, so what came before this one is not compared');
  expectSame(outcome);
});
