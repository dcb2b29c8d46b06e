/**
 * `improve` killed with SIGKILL at the start of every step and at random moments, then run again, ends in the same
 * catalog with the same rows. A dozen random moments here; `TOTHUB_KILLS=200` for the full count.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialiseCatalog } from '@tothub/db-catalog';
import { legacyDatabase } from '@tothub/db-testkit/vitest';
import { beforeAll, expect, test } from 'vitest';
import { catalogOf } from './support/catalog-of.ts';
import { lostValues } from './support/lost-values.ts';
import { type CliOptions, runCli } from './support/run-cli.ts';
import { readValues, type Values } from './support/values.ts';
import { workplace } from './support/workplace.ts';

const kills = Number(process.env.TOTHUB_KILLS ?? 12);
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

const stepsIn = (stderr: string): number => stderr.match(/^… /gm)?.length ?? 0;

interface Outcome {
  readonly catalog: string;
  readonly rows: string[];
  readonly steps: number;
  readonly ms: number;
}

/** One database: killed as told, then run to the end. */
async function improveWith(options: Partial<CliOptions> = {}): Promise<Outcome> {
  const database = await legacyDatabase();
  const cwd = await mkdtemp(join(tmpdir(), 'tothub-kill-'));
  await writeFile(join(cwd, 'keys.json'), keys, { mode: 0o600 });
  const before = await readValues(database.url);
  const began = performance.now();
  let last = await runCli([...flags, '--url', database.url], { cwd, ...options });
  const ms = performance.now() - began;
  // What comes after the first check only reads.
  const changing = last.stderr.slice(0, last.stderr.indexOf('… migrations applied'));
  const steps = stepsIn(changing) + 1;
  if (last.signal === 'SIGKILL') last = await runCli([...flags, '--url', database.url], { cwd });
  expect(last.code, last.stderr).toBe(0);
  expect(await lostValues(before, database.url, `${cwd}/keys.json`)).toEqual([]);
  const outcome = {
    catalog: serialiseCatalog({ ...(await catalogOf(database.url)), database: '' }),
    rows: comparable(await readValues(database.url)),
    steps,
    ms,
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
async function expectSameFor(count: number, kill: (n: number) => Partial<CliOptions>) {
  let next = 0;
  const lane = async () => {
    while (next < count) expectSame(await improveWith(kill(next++)));
  };
  await Promise.all([lane(), lane()]);
}

test('killed at the start of every step', { timeout: 1_800_000 }, () =>
  expectSameFor(reference.steps, (n) => ({
    onStderr: (child, text) => {
      if (stepsIn(text) > n) child.kill('SIGKILL');
    },
  })),
);

test(`killed at ${kills} random moments`, { timeout: 7_200_000 }, () => {
  const next = randomFrom(824);
  // Two at a time take longer than the one that was measured.
  const moments = Array.from({ length: kills }, () => next() * reference.ms * 1.5);
  return expectSameFor(kills, (n) => ({
    onStart: (child) => setTimeout(() => child.kill('SIGKILL'), moments[n]).unref(),
  }));
});
