/**
 * Side-by-side timing on a noisy machine: every round gives each contender one short slice, in an order shuffled anew,
 * and the base three, spread over the round. What is quoted are ratios to the base of the same round, so that whatever
 * slows the machine down slows both.
 */

/** One way of doing the same work. */
export interface Contender {
  readonly name: string;
  /** Does the work once. */
  run(): Promise<unknown>;
  /** Called before each slice, outside of the time. */
  prepare?(): Promise<unknown>;
}

export interface Measured {
  readonly name: string;
  /** Time of one operation in the quickest slice, in microseconds: the least disturbed one. */
  readonly bestMicros: number;
  /** Quickest slice divided by the quickest slice of the base. */
  readonly floor: number;
  /** Median over the rounds of this slice divided by the middle one of the base's three. */
  readonly paired: number;
  /** Processor time of this process for one operation, as a ratio to the base's; the first quartile of both. */
  readonly cpu: number;
}

export interface MeasureOptions {
  readonly rounds: number;
  /** Length of a slice in milliseconds; at least one operation runs in any case. */
  readonly sliceMs: number;
  /** Operations under way at the same time. */
  readonly concurrency: number;
}

interface Slice {
  readonly micros: number;
  readonly cpuMicros: number;
}

/** Times the contenders against the first of them, which is the base. */
export async function measure(
  contenders: readonly [Contender, ...Contender[]],
  options: MeasureOptions,
): Promise<Measured[]> {
  const [base] = contenders;
  const slices = new Map<Contender, Slice[]>(contenders.map((one) => [one, []]));
  const ratios = new Map<Contender, number[]>(contenders.map((one) => [one, []]));
  for (const one of contenders) await slice(one, options); // Connections, compilation, caches.
  for (let round = 0; round < options.rounds; round++) {
    const thisRound = new Map<Contender, Slice[]>();
    for (const one of shuffled([...contenders, base, base])) {
      const timed = await slice(one, options);
      slices.get(one)?.push(timed);
      thisRound.set(one, [...(thisRound.get(one) ?? []), timed]);
    }
    const baseMicros = quantile(micros(thisRound.get(base)), 0.5);
    for (const [one, timed] of thisRound) {
      ratios.get(one)?.push(quantile(micros(timed), 0.5) / baseMicros);
    }
  }
  const bestOf = (one: Contender) => Math.min(...micros(slices.get(one)));
  const cpuOf = (one: Contender) =>
    quantile(
      (slices.get(one) ?? []).map((s) => s.cpuMicros),
      0.25,
    );
  return contenders.map((one) => ({
    name: one.name,
    bestMicros: bestOf(one),
    floor: bestOf(one) / bestOf(base),
    paired: quantile(ratios.get(one) ?? [], 0.5),
    cpu: cpuOf(one) / cpuOf(base),
  }));
}

async function slice(contender: Contender, options: MeasureOptions): Promise<Slice> {
  await contender.prepare?.();
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const end = began + options.sliceMs;
  let count = 0;
  const worker = async () => {
    do {
      await contender.run();
      count++;
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  const elapsed = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { micros: (elapsed * 1000) / count, cpuMicros: (user + system) / count };
}

function micros(slices: readonly Slice[] = []): number[] {
  return slices.map((s) => s.micros);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function shuffled<T>(values: T[]): T[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [values[i], values[j]] = [values[j] as T, values[i] as T];
  }
  return values;
}
