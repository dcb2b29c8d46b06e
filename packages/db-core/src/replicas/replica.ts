import type { Executor } from '../database/database.ts';
import { replayPosition } from './position.ts';

/** Whether reads may go to a replica. `unknown` before its first use. */
export type ReplicaStatus = 'unknown' | 'healthy' | 'down';

/** A replica at one moment. */
export interface ReplicaState {
  /** Its place in the `replicas` of the options, from 0. */
  readonly index: number;
  readonly status: ReplicaStatus;
  /** Probes and reads that failed since it was healthy last. */
  readonly failures: number;
}

const PROBE_MS = 2_000;
/** A promoted replica goes on answering, on its own: it is found out after this. */
const CHECK_EVERY_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/** One replica and what is known of its health. It has no clock of its own: reads that pass by have it probed. */
export class Replica {
  readonly index: number;
  readonly run: Executor;
  #status: ReplicaStatus = 'unknown';
  #failures = 0;
  #probeAt = 0;
  #probe: Promise<void> | null = null;

  constructor(index: number, run: Executor) {
    this.index = index;
    this.run = run;
  }

  get state(): ReplicaState {
    return { index: this.index, status: this.#status, failures: this.#failures };
  }

  /** Whether to read here now. Waits for a probe only before the first use; later ones run beside the reads. */
  async isReady(): Promise<boolean> {
    if (this.#status === 'unknown') await this.#probed();
    else if (performance.now() >= this.#probeAt) void this.#probed();
    return this.#status === 'healthy';
  }

  /** A read found the replica away. It rests for a time that doubles with each failure, and differs. */
  markDown(): void {
    this.#status = 'down';
    this.#failures++;
    const bound = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#probeAt = performance.now() + bound * (0.5 + Math.random() / 2);
  }

  #probed(): Promise<void> {
    this.#probe ??= this.#ask().finally(() => {
      this.#probe = null;
    });
    return this.#probe;
  }

  async #ask(): Promise<void> {
    try {
      const position = await replayPosition(this.run, { timeoutMs: PROBE_MS });
      // A server that is no replica has a history of its own: its answers would be of another database.
      if (position === null) return this.markDown();
      this.#status = 'healthy';
      this.#failures = 0;
      this.#probeAt = performance.now() + CHECK_EVERY_MS;
    } catch {
      this.markDown();
    }
  }
}
