/**
 * A backup beside `pg_dump` and raw COPY, on one database of about a gigabyte, in one run:
 * `pnpm --filter @tothub/db-backup bench`. With `--write` the table goes into docs/benchmarks.md; `--quick` only shows
 * that everything runs, `--rows` takes another number than a million. Needs bash, zstd and the client tools of PostgreSQL on this machine.
 */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPostgres, writeSection } from '@tothub/db-testkit';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { findTools } from '../src/native/find-tools.ts';
import { FULL_SCALE, loadData } from './load-data.ts';
import { timeCommand } from './time-command.ts';

const { values: flags } = parseArgs({
  options: { write: { type: 'boolean' }, quick: { type: 'boolean' }, rows: { type: 'string' } },
});
const rounds = flags.quick ? 1 : 3;
const rows = Number(flags.rows ?? (flags.quick ? 5_000 : FULL_SCALE));

const server = await startPostgres();
const directory = await mkdtemp(join(tmpdir(), 'tothub-bench-'));
try {
  const url = await server.createDatabase('bench');
  const databaseBytes = await loadData(url, rows);
  const major = Number.parseInt(server.binaries.version, 10);
  const tools = (await findTools()).find((found) => found.major >= major);
  if (!tools) throw new Error(`No pg_dump of version ${major} or later is here. Install one.`);
  const { hostname, port, username, pathname } = new URL(url);
  const env = {
    ...process.env,
    BENCH_URL: url,
    NODE_COMPILE_CACHE: join(directory, 'compiled'),
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGDATABASE: pathname.slice(1),
    PATH: `${tools.binDir}:${process.env.PATH}`,
  };
  const recipient = await identityToRecipient(await generateX25519Identity());
  const folder = join(directory, 'written');
  const file = join(folder, 'dump');
  const take = fileURLToPath(new URL('./take-backup.ts', import.meta.url));
  const ours = (...args: string[]) =>
    `${process.execPath} --conditions=@tothub/source --disable-warning=ExperimentalWarning ${take} ${folder} ${args.join(' ')}`;
  const copies = ['account', 'note'].map(
    (table) => `psql -qAtXc 'COPY ${table} TO STDOUT' > /dev/null`,
  );
  const commands: readonly (readonly [name: string, command: string])[] = [
    ['pg_dump -Fc -Z0 \\| zstd -3', `pg_dump -Fc -Z0 | zstd -q -3 > ${file}`],
    ['pg_dump -Fc', `pg_dump -Fc > ${file}`],
    ['pg_dump -Fc -Z1', `pg_dump -Fc -Z1 > ${file}`],
    ['COPY to nothing', copies.join('; ')],
    ['ours: encrypted, signed, counted, hashed', ours('native', 'full', recipient)],
    ['ours: encrypted, signed, counted', ours('native', 'none', recipient)],
    ['ours: counted', ours('native', 'none')],
    ['ours, WebAssembly: encrypted, signed, counted', ours('wasm', 'none', recipient)],
  ];

  interface Sample {
    readonly seconds: number;
    readonly cpuSeconds: number;
    readonly megabytes: number | undefined;
    readonly memoryMb: number | undefined;
  }
  const samples = new Map<string, Sample[]>(commands.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Every round begins elsewhere, so that nobody always follows the same neighbour.
    const shift = round % commands.length;
    for (const [name, command] of [...commands.slice(shift), ...commands.slice(0, shift)]) {
      await mkdir(folder);
      const { stdout, ...timed } = await timeCommand(command, env);
      const said = stdout === '' ? undefined : JSON.parse(stdout);
      const written = said?.bytes ?? (await stat(file).catch(() => undefined))?.size;
      samples.get(name)?.push({
        ...timed,
        megabytes: written === undefined ? undefined : written / 1e6,
        memoryMb: said?.memoryMb,
      });
      await rm(folder, { recursive: true });
    }
  }

  const [[base] = ['']] = commands;
  const ratioTo = (other: string, name: string): string => {
    const others = samples.get(other) ?? [];
    const ratios = (samples.get(name) ?? []).map(
      (one, round) => one.seconds / (others[round]?.seconds ?? Number.NaN),
    );
    return median(ratios).toFixed(2);
  };
  const lines = commands.map(([name]) => {
    const found = samples.get(name) ?? [];
    const of = (pick: (one: Sample) => number | undefined): string => {
      const values = found.map(pick).filter((value) => value !== undefined);
      return values.length === 0 ? '' : median(values).toFixed(0);
    };
    const quickest = Math.min(...found.map((one) => one.seconds));
    const cpu = median(found.map((one) => one.cpuSeconds)).toFixed(1);
    return `| ${name} | ${ratioTo(base, name)} | ${ratioTo('pg_dump -Fc', name)} | ${quickest.toFixed(1)} s | ${cpu} s | ${of((one) => one.megabytes)} | ${of((one) => one.memoryMb)} |`;
  });
  const report = [
    `PostgreSQL ${server.binaries.version}, pg_dump ${tools.version}, Node.js ${process.version}, ${availableParallelism()} cores, server and client on the same machine; a database of ${Math.round(databaseBytes / 1e6)} MB, ${rounds} rounds.`,
    [
      '| | to zstd | to -Fc | quickest | CPU | MB | memory, MiB |',
      '|---|---:|---:|---:|---:|---:|---:|',
      ...lines,
    ].join('\n'),
  ].join('\n\n');
  console.log(report);
  if (flags.write) await writeSection('db-backup', report);
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
