/**
 * Worker threads for hashing, one for each core, made when first needed. An idle worker does not keep the process
 * alive; a worker that dies fails only the job it had. Jobs wait in one queue of bounded length, and only as many
 * run at once as fit into the memory limit. Node's own thread pool is left alone: file access and DNS need it.
 */
import { availableParallelism, totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  AbortedError,
  HashQueueFullError,
  HashWorkerError,
  SecretRefusedError,
  TreatmentError,
} from '../errors.ts';
import { memoryBytesOf } from './cost-limits.ts';
import type { HashAnswer, HashJob } from './hash-job.ts';

/** The limits of a pool. */
export interface HashPoolOptions {
  /** Worker threads at most. @default the number of cores */
  readonly threadCount?: number | undefined;
  /** Jobs that may wait; one more is refused. @default 1000 */
  readonly queueLimit?: number | undefined;
  /**
   * Memory of all hashes under way together, and so of one, in bytes. A stored hash that asks for more is unreadable.
   * @default 512 MiB, or half of the machine's memory where that is less
   */
  readonly memoryLimitBytes?: number | undefined;
}

/** Where hashes are computed. Made by {@link createHashPool}; without one, all calls share a pool. */
export interface HashPool {
  readonly memoryLimitBytes: number;
  /**
   * Runs a job on the first free worker. An abort takes a waiting job out of the queue; one under way is left to end by
   * itself, unheard, because a new thread would cost more than what is left of it.
   *
   * @throws {HashQueueFullError} when too many jobs wait.
   * @throws {SecretRefusedError} when the job alone takes more memory than the limit.
   * @throws {HashWorkerError} when the worker stops before it answers, or the pool is closed.
   * @throws {AbortedError} when the signal has fired.
   */
  run(job: HashJob, signal?: AbortSignal): Promise<HashAnswer>;
  /** Stops the workers. What waits or is under way fails. */
  close(): Promise<void>;
}

interface Task {
  readonly job: HashJob;
  readonly memoryBytes: number;
  /** Both also take the task's listener off its signal. */
  resolve(answer: HashAnswer): void;
  reject(error: Error): void;
}

/** The sources run as they are under Node 24; the build puts the worker beside the bundle. */
const WORKER_URL = new URL(
  import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js',
  import.meta.url,
);

/**
 * Makes a pool of its own, for other limits than those of the shared one.
 *
 * @throws {TreatmentError} when a limit is not a positive whole number.
 *
 * @example
 * ```ts
 * const pool = createHashPool({ threadCount: 1 }); // leaves the other cores alone
 * await hashCredential(secret, { keyRing, pool });
 * await pool.close();
 * ```
 */
export function createHashPool(options: HashPoolOptions = {}): HashPool {
  const {
    threadCount = availableParallelism(),
    queueLimit = 1000,
    memoryLimitBytes = defaultMemoryLimit(),
  } = options;
  if (
    ![threadCount, queueLimit, memoryLimitBytes].every((n) => Number.isSafeInteger(n) && n >= 1)
  ) {
    throw new TreatmentError(
      'A limit of the hash pool is not a positive whole number. Leave it out for the default.',
    );
  }
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task>();
  const queue: Task[] = [];
  let memoryInUse = 0;
  let isClosed = false;

  function startWorker(): Worker {
    // The flags of the process are meant for its own code, and some (--input-type) let no worker start.
    const worker = new Worker(WORKER_URL, { execArgv: [] });
    worker.unref();
    let cause: unknown;
    worker.on('message', (answer: HashAnswer) => {
      const task = release(worker);
      worker.unref();
      idle.push(worker);
      task?.resolve(answer);
      assign();
    });
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      const position = idle.indexOf(worker);
      if (position >= 0) idle.splice(position, 1);
      release(worker)?.reject(
        new HashWorkerError('A hashing worker stopped. Try again.', { cause }),
      );
      assign();
    });
    return worker;
  }

  /** Takes the task off its worker. */
  function release(worker: Worker): Task | undefined {
    const task = busy.get(worker);
    busy.delete(worker);
    memoryInUse -= task?.memoryBytes ?? 0;
    return task;
  }

  function assign(): void {
    for (let task = queue[0]; task !== undefined; task = queue[0]) {
      // First come, first served: a large hash is not overtaken for ever by small ones.
      if (busy.size >= threadCount || memoryInUse + task.memoryBytes > memoryLimitBytes) return;
      queue.shift();
      try {
        const worker = idle.pop() ?? startWorker();
        worker.ref();
        busy.set(worker, task);
        memoryInUse += task.memoryBytes;
        worker.postMessage(task.job);
      } catch (cause) {
        task.reject(
          new HashWorkerError(
            'A hashing worker could not be started. Allow this process worker threads.',
            { cause },
          ),
        );
      }
    }
  }

  return {
    memoryLimitBytes,
    run(job, signal) {
      return new Promise((resolve, reject) => {
        if (isClosed) throw new HashWorkerError('The hash pool is closed. Make a new one.');
        if (signal?.aborted === true) throw aborted(signal);
        if (queue.length >= queueLimit) {
          throw new HashQueueFullError(
            `${queueLimit} hashes are waiting already. Try again in a moment, or limit the logins a client may try.`,
          );
        }
        const memoryBytes = memoryBytesOf(job.cost);
        if (memoryBytes > memoryLimitBytes) {
          throw new SecretRefusedError(
            'The hash asks for more memory than the pool may use. Raise memoryLimitBytes, or lower the cost.',
          );
        }
        const onAbort = (): void => {
          const position = queue.indexOf(task);
          if (position >= 0) queue.splice(position, 1);
          task.reject(aborted(signal as AbortSignal));
          assign();
        };
        const task: Task = {
          job,
          memoryBytes,
          resolve(answer) {
            signal?.removeEventListener('abort', onAbort);
            resolve(answer);
          },
          reject(error) {
            signal?.removeEventListener('abort', onAbort);
            reject(error);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        queue.push(task);
        assign();
      });
    },
    async close() {
      isClosed = true;
      for (const task of queue.splice(0)) {
        task.reject(new HashWorkerError('The hash pool was closed. Make a new one.'));
      }
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()));
    },
  };
}

function aborted(signal: AbortSignal): AbortedError {
  const message = 'Hashing was called off by its signal. Try again if it is still wanted.';
  return new AbortedError(message, { cause: signal.reason });
}

/** A container's own limit counts, where there is one. */
function defaultMemoryLimit(): number {
  const memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.min(512 * 2 ** 20, Math.floor(memoryBytes / 2));
}

let shared: HashPool | undefined;

/** The pool of all calls that name none. */
export function sharedHashPool(): HashPool {
  shared ??= createHashPool();
  return shared;
}
