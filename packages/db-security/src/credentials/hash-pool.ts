/**
 * Worker threads for bcrypt, one for each core, made when first needed. An idle worker does not keep the
 * process alive; a worker that dies fails only the job it had.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { HashWorkerError } from '../errors.ts';
import type { HashAnswer, HashJob } from './hash-worker.ts';

interface Waiting {
  readonly job: HashJob;
  resolve(answer: HashAnswer): void;
  reject(error: Error): void;
}

/** The sources run as they are under Node 24; the build puts the worker beside the bundle. */
const WORKER_URL = new URL(
  import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js',
  import.meta.url,
);

const idle: Worker[] = [];
const queue: Waiting[] = [];
let workerCount = 0;

/**
 * Runs one bcrypt job on the first free worker.
 *
 * @throws {HashWorkerError} when the worker stops before it answers.
 */
export function runHashJob(job: HashJob): Promise<HashAnswer> {
  return new Promise((resolve, reject) => {
    queue.push({ job, resolve, reject });
    if (idle.length === 0 && workerCount < availableParallelism()) idle.push(startWorker());
    assignJobs();
  });
}

function startWorker(): Worker {
  workerCount += 1;
  const worker = new Worker(WORKER_URL);
  worker.unref();
  worker.once('exit', () => {
    workerCount -= 1;
    const position = idle.indexOf(worker);
    if (position >= 0) idle.splice(position, 1);
  });
  return worker;
}

function assignJobs(): void {
  while (idle.length > 0 && queue.length > 0) {
    const worker = idle.pop() as Worker;
    const waiting = queue.shift() as Waiting;
    worker.ref();
    const settle = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onFailure);
      worker.off('exit', onFailure);
    };
    const onMessage = (answer: HashAnswer): void => {
      settle();
      worker.unref();
      idle.push(worker);
      waiting.resolve(answer);
      assignJobs();
    };
    const onFailure = (cause: unknown): void => {
      settle();
      waiting.reject(
        new HashWorkerError('A hashing worker stopped. Try again.', {
          cause: cause instanceof Error ? cause : undefined,
        }),
      );
      if (idle.length === 0 && queue.length > 0) idle.push(startWorker());
      assignJobs();
    };
    worker.on('message', onMessage);
    worker.on('error', onFailure);
    worker.on('exit', onFailure);
    worker.postMessage(waiting.job);
  }
}
