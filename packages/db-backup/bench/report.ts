import { NAMES } from './contenders.ts';

/** What one run of a command cost. */
export interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly serverCpuSeconds: number;
  readonly megabytes: number | undefined;
  readonly memoryMb: number | undefined;
}

/** Runs of each command, one a round. */
export type Samples = Map<string, Sample[]>;

/** One line for each command. */
export function describeSamples(samples: Samples): string {
  const lines = [...samples].map(([name, found]) => {
    const middle = (pick: (one: Sample) => number | undefined, digits: number): string => {
      const values = found.map(pick).filter((value) => value !== undefined);
      return values.length === 0 ? '' : median(values).toFixed(digits);
    };
    const ratios = [NAMES.zstd, NAMES.gzip].map((base) => ratio(samples, name, base).toFixed(2));
    const seconds = [
      middle((one) => one.seconds, 1),
      middle((one) => one.cpuSeconds, 1),
      middle((one) => one.serverCpuSeconds, 1),
    ].join(' s | ');
    const space = `${middle((one) => one.megabytes, 0)} | ${middle((one) => one.memoryMb, 0)}`;
    return `| ${name} | ${ratios.join(' | ')} | ${seconds} s | ${space} |`;
  });
  return [
    '| | to zstd | to -Fc | time | CPU | server CPU | MB | memory, MiB |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}

/** The ratios that were aimed at. */
export function describeRatios(samples: Samples): string {
  const work = (one: Sample): number => one.cpuSeconds + one.serverCpuSeconds;
  const to = (name: string, base: string): string =>
    `${ratio(samples, name, base).toFixed(2)} (${ratio(samples, name, base, work).toFixed(2)})`;
  const added = (full: string, counted: string): string =>
    `${(ratio(samples, full, counted) - 1).toFixed(2)} (${(ratio(samples, full, counted, work) - 1).toFixed(2)})`;
  const lines: readonly (readonly [what: string, one: string, two: string])[] = [
    [
      'hashed, to `pg_dump -Fc -Z0 \\| zstd -3`',
      to(NAMES.full, NAMES.zstd),
      to(NAMES.full2, NAMES.zstd),
    ],
    ['counted, to the same', to(NAMES.counted, NAMES.zstd), to(NAMES.counted2, NAMES.zstd)],
    ['hashed, to `pg_dump -Fc`', to(NAMES.full, NAMES.gzip), to(NAMES.full2, NAMES.gzip)],
    ['counted, to the same', to(NAMES.counted, NAMES.gzip), to(NAMES.counted2, NAMES.gzip)],
    [
      'counted, to `pg_dump -Fc -Z1` or `-Fd -j2 -Z1`',
      to(NAMES.counted, NAMES.gzip1),
      to(NAMES.counted2, NAMES.directory),
    ],
    [
      'added by full hashes to one that counts',
      added(NAMES.full, NAMES.counted),
      added(NAMES.full2, NAMES.counted2),
    ],
    ['added by a sample', added(NAMES.sample, NAMES.counted), ''],
    ['WebAssembly to native, hashed', to(NAMES.wasm, NAMES.full), ''],
    ['WebAssembly to native, counted', to(NAMES.wasmCounted, NAMES.counted), ''],
    ['Node.js compressing, to `pg_dump -Fc -Z1`', to(NAMES.nodeZstd, NAMES.gzip1), ''],
  ];
  return [
    '| ours, encrypted and signed: ratio of times (of processor times, with the server) | 1 job | 2 jobs |',
    '|---|---:|---:|',
    ...lines.map((line) => `| ${line.join(' | ')} |`),
  ].join('\n');
}

/** Median over the rounds of one cost over another of the same round. */
function ratio(
  samples: Samples,
  name: string,
  base: string,
  cost: (one: Sample) => number = (one) => one.seconds,
): number {
  const others = samples.get(base) ?? [];
  return median(
    (samples.get(name) ?? []).map((one, round) => {
      const other = others[round];
      return cost(one) / (other ? cost(other) : Number.NaN);
    }),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
