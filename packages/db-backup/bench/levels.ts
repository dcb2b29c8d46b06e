/**
 * What each level of verification costs beside taking the backup, and what ways of restoring cost, in one run:
 * `pnpm --filter @tothub/db-backup bench:levels`. `--write` puts the table into docs/benchmarks.md; `--quick` only shows
 * that everything runs, `--rows` takes another number than a million (about a gigabyte), `--rounds` other than three.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findBinaries, startPostgres, writeSection } from '@tothub/db-testkit';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { createBackup, restoreBackup, VERIFICATION_LEVELS, verifyBackup } from '../src/index.ts';
import { FULL_SCALE, loadData } from './load-data.ts';

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean' },
    quick: { type: 'boolean' },
    rows: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3));
const rows = Number(flags.rows ?? (flags.quick ? 5_000 : FULL_SCALE));

const identity = await generateX25519Identity();
const recipients = [await identityToRecipient(identity)];
const kinds = {
  native: { engine: 'native' },
  'native, encrypted': { engine: 'native', encryption: { recipients } },
  'native, encrypted, 2 jobs': { engine: 'native', encryption: { recipients }, jobs: 2 },
  'WebAssembly, encrypted': { engine: 'wasm', encryption: { recipients } },
} as const;
const ways = {
  'restore in one transaction': {},
  'restore object by object': { resumable: true },
} as const;

const server = await startPostgres();
const serverBinDir = findBinaries(server.binaries.major)[0]?.binDir ?? '';
const directory = await mkdtemp(join(tmpdir(), 'tothub-bench-'));
const ratios = new Map<string, Map<string, number[]>>();
const took: number[] = [];
try {
  const url = await server.createDatabase('bench');
  const databaseBytes = await loadData(url, rows);
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(kinds);
    for (const [name, kind] of [...order.slice(round), ...order.slice(0, round)]) {
      const columns = ratios.get(name) ?? new Map<string, number[]>();
      ratios.set(name, columns);
      let path = '';
      const base = await timed(async () => {
        ({ path } = await createBackup({ connectionString: url, directory, ...kind }));
      });
      took.push(base);
      const note = async (what: string, work: () => Promise<unknown>): Promise<void> => {
        const seconds = await timed(work);
        columns.set(what, [...(columns.get(what) ?? []), seconds / base]);
        console.error(round + 1, name, what, seconds.toFixed(1), (seconds / base).toFixed(2));
      };
      const common = { connectionString: url, identities: [identity] };
      for (const level of VERIFICATION_LEVELS)
        await note(level, () => proven(verifyBackup(path, { ...common, level })));
      await note('identical, embedded', () =>
        proven(verifyBackup(path, { ...common, server: 'embedded', serverBinDir })),
      );
      for (const [way, options] of Object.entries(ways)) {
        await note(way, () =>
          restoreBackup(path, { into: server.url('restored'), identities: [identity], ...options }),
        );
        await server.dropDatabase('restored');
      }
      await rm(path, { recursive: true });
    }
  }
  const columns = [...(ratios.values().next().value?.keys() ?? [])];
  const report = [
    `PostgreSQL ${server.binaries.version}, Node.js ${process.version}, ${availableParallelism()} cores, server and client on the same machine, which others were using; a database of ${Math.round(databaseBytes / 1e6)} MB, ${rounds} rounds. Times over that of taking the same backup with full hashes (median ${median(took).toFixed(0)} s), median of the rounds.`,
    [
      `| | ${columns.join(' | ')} |`,
      `|---|${columns.map(() => '---:').join('|')}|`,
      ...[...ratios].map(
        ([name, found]) =>
          `| ${name} | ${columns.map((column) => median(found.get(column) ?? []).toFixed(2)).join(' | ')} |`,
      ),
    ].join('\n'),
  ].join('\n\n');
  console.log(report);
  if (flags.write) await writeSection('db-backup levels', report);
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function proven(result: ReturnType<typeof verifyBackup>): Promise<void> {
  const { ok, checks } = await result;
  if (!ok) throw new Error(JSON.stringify(checks));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
