import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecuteOptions, Executor } from '../database/database.ts';
import type { Session } from '../database/session.ts';
import { CancelledError } from '../errors/cancelled-error.ts';
import type { Statement, StatementResult } from '../query/statement.ts';
import { isReplicaGone, mayWorkElsewhere } from './elsewhere.ts';
import { replayPosition } from './position.ts';
import type { Replica } from './replica.ts';

/** The replicas of a database, and whose turn it is. */
export interface ReplicaSet {
  readonly primary: Executor;
  /** The replicas, beginning with the next in turn. */
  inTurn(): readonly Replica[];
}

/** What a read must have seen, and how long it may wait for that. */
export interface Freshness {
  readonly after: bigint;
  readonly waitMs: number;
}

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/** Runs reads on replicas in turn; on the primary where none is healthy, or none has replayed what the read needs. */
export class ReplicaReader implements Executor {
  readonly #set: ReplicaSet;
  readonly #freshness: Freshness | null;

  constructor(set: ReplicaSet, freshness: Freshness | null) {
    this.#set = set;
    this.#freshness = freshness;
  }

  async execute(statement: Statement, options?: ExecuteOptions): Promise<StatementResult> {
    if (this.#freshness !== null) {
      return this.#freshRead((session) => session.execute(statement, options), true, options);
    }
    for (const replica of this.#set.inTurn()) {
      if (!(await replica.isReady())) continue;
      try {
        return await replica.run.execute(statement, options);
      } catch (error) {
        if (isReplicaGone(error)) replica.markDown();
        if (!mayWorkElsewhere(error)) throw error;
      }
    }
    return this.#set.primary.execute(statement, options);
  }

  withSession<T>(use: (session: Session) => Promise<T>, options?: ExecuteOptions): Promise<T> {
    return this.#freshRead(use, false, options);
  }

  /**
   * Works on one connection of a replica that has replayed enough. The replica is asked on that very connection: one
   * that was restarted may be further back than it has been.
   */
  async #freshRead<T>(
    work: (session: Session) => Promise<T>,
    isRepeatable: boolean,
    options: ExecuteOptions = {},
  ): Promise<T> {
    const deadline = performance.now() + (this.#freshness?.waitMs ?? 0);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      let isAnyBehind = false;
      for (const replica of this.#set.inTurn()) {
        if (!(await replica.isReady())) continue;
        const outcome = await this.#tryOn(replica, work, isRepeatable, options);
        if (typeof outcome === 'object') return outcome.value;
        isAnyBehind ||= outcome === 'behind';
      }
      const leftMs = deadline - performance.now();
      if (!isAnyBehind || leftMs <= 0) break;
      await pause(Math.min(pauseMs, leftMs), options.signal);
    }
    return this.#set.primary.withSession(work, options);
  }

  async #tryOn<T>(
    replica: Replica,
    work: (session: Session) => Promise<T>,
    isRepeatable: boolean,
    options: ExecuteOptions,
  ): Promise<{ readonly value: T } | 'behind' | 'gone'> {
    let hasBegun = false;
    try {
      return await replica.run.withSession(async (session) => {
        if (this.#freshness !== null) {
          const replayed = await replayPosition(session);
          if (replayed === null) throw new NoReplicaError();
          if (replayed < this.#freshness.after) return 'behind';
        }
        hasBegun = true;
        return { value: await work(session) };
      }, options);
    } catch (error) {
      if (error instanceof NoReplicaError || isReplicaGone(error)) replica.markDown();
      if (hasBegun && !(isRepeatable && mayWorkElsewhere(error))) throw error;
      return 'gone';
    }
  }
}

/** The server has been promoted; stays inside of this file. */
class NoReplicaError extends Error {}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw new CancelledError({ cause: signal?.reason });
  }
}
