/**
 * A backup beside `pg_dump` and raw COPY, on one database of about a gigabyte, in one run:
 * `pnpm --filter @tothub/db-backup bench`. With `--write` the table goes into docs/benchmarks.md; `--quick` only shows
 * that everything runs, `--rows` takes another number than a million, `--rounds` other than three. Needs bash, zstd and
 * the client tools of PostgreSQL on this machine.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPostgres, writeSection } from '@tothub/db-testkit';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { findTools } from '../src/native/find-tools.ts';
import { contenders } from './contenders.ts';
import { FULL_SCALE, loadData } from './load-data.ts';
import { describeRatios, describeSamples, type Samples } from './report.ts';
import { serverCpuSeconds } from './server-cpu.ts';
import { timeCommand } from './time-command.ts';

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean' },
    quick: { type: 'boolean' },
    rows: { type: 'string' },
    rounds: { type: 'string' },
  },
});
/** Until the postmaster has noticed that the sessions of a command are over. */
const SESSIONS_END_MS = 300;
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3));
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
  const folder = join(directory, 'written');
  const commands = contenders({
    folder,
    recipient: await identityToRecipient(await generateX25519Identity()),
    take: fileURLToPath(new URL('./take-backup.ts', import.meta.url)),
  });
  const samples: Samples = new Map(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Every round begins elsewhere, so that nobody always follows the same neighbour.
    const order = Object.entries(commands);
    for (const [name, command] of [...order.slice(round), ...order.slice(0, round)]) {
      await mkdir(folder);
      const before = serverCpuSeconds(server.dataDir);
      const { stdout, ...timed } = await timeCommand(command, env);
      await sleep(SESSIONS_END_MS);
      const serverCpu = serverCpuSeconds(server.dataDir) - before;
      const megabytes = stdout.trim() === '' ? undefined : Number(stdout) / 1e6;
      samples.get(name)?.push({ ...timed, megabytes, serverCpuSeconds: serverCpu });
      await rm(folder, { recursive: true });
      console.error(
        round + 1,
        name,
        timed.seconds,
        timed.cpuSeconds,
        serverCpu,
        timed.memoryMb?.toFixed(0),
      );
    }
  }
  const report = [
    `PostgreSQL ${server.binaries.version}, pg_dump ${tools.version}, Node.js ${process.version}, ${availableParallelism()} cores, server and client on the same machine; a database of ${Math.round(databaseBytes / 1e6)} MB, ${rounds} rounds.`,
    describeSamples(samples),
    describeRatios(samples),
  ].join('\n\n');
  console.log(report);
  if (flags.write) await writeSection('db-backup', report);
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
