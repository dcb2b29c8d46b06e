import { NAMES } from './contenders.ts';

/** What one run of a command cost. */
export interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
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
    const seconds = `${middle((one) => one.seconds, 1)} s | ${middle((one) => one.cpuSeconds, 1)} s`;
    const space = `${middle((one) => one.megabytes, 0)} | ${middle((one) => one.memoryMb, 0)}`;
    return `| ${name} | ${ratios.join(' | ')} | ${seconds} | ${space} |`;
  });
  return [
    '| | to zstd | to -Fc | time | CPU | MB | memory, MiB |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}

/** The ratios that were aimed at. */
export function describeRatios(samples: Samples): string {
  const to = (name: string, base: string): string => ratio(samples, name, base).toFixed(2);
  const added = (full: string, counted: string): string =>
    (ratio(samples, full, counted) - ratio(samples, counted, counted)).toFixed(2);
  return [
    '| ratio of times, median of the rounds | 1 job | 2 jobs |',
    '|---|---:|---:|',
    `| encrypted, signed, hashed, to \`pg_dump -Fc -Z0 \\| zstd -3\` | ${to(NAMES.full, NAMES.zstd)} | ${to(NAMES.full2, NAMES.zstd)} |`,
    `| encrypted, signed, counted, to the same | ${to(NAMES.counted, NAMES.zstd)} | ${to(NAMES.counted2, NAMES.zstd)} |`,
    `| encrypted, signed, hashed, to \`pg_dump -Fc\` | ${to(NAMES.full, NAMES.gzip)} | ${to(NAMES.full2, NAMES.gzip)} |`,
    `| encrypted, signed, counted, to the same | ${to(NAMES.counted, NAMES.gzip)} | ${to(NAMES.counted2, NAMES.gzip)} |`,
    `| what full hashes add to a backup that counts | ${added(NAMES.full, NAMES.counted)} | ${added(NAMES.full2, NAMES.counted2)} |`,
    `| what a sample adds | ${added(NAMES.sample, NAMES.counted)} | |`,
    `| WebAssembly to native, hashed | ${to(NAMES.wasm, NAMES.full)} | |`,
    `| WebAssembly to native, counted | ${to(NAMES.wasmCounted, NAMES.counted)} | |`,
    `| 2 jobs to \`pg_dump -Fd -j2 -Z1\`, counted | | ${to(NAMES.counted2, NAMES.directory)} |`,
  ].join('\n');
}

/** Median over the rounds of one time over another of the same round. */
function ratio(samples: Samples, name: string, base: string): number {
  const others = samples.get(base) ?? [];
  return median(
    (samples.get(name) ?? []).map(
      (one, round) => one.seconds / (others[round]?.seconds ?? Number.NaN),
    ),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
