/** The thread that runs bcrypt. It answers with a result or with nothing: never with an error's text. */
import { parentPort } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';

/** What the pool asks of a worker. */
export type HashJob =
  | { readonly operation: 'hash'; readonly secret: string; readonly cost: number }
  | { readonly operation: 'compare'; readonly secret: string; readonly hash: string };

/** What a worker answers: a hash, whether it matched, or undefined when bcrypt refused. */
export type HashAnswer = string | boolean | undefined;

function run(job: HashJob): HashAnswer {
  try {
    return job.operation === 'hash'
      ? hashSync(job.secret, job.cost)
      : compareSync(job.secret, job.hash);
  } catch {
    return undefined;
  }
}

parentPort?.on('message', (job: HashJob) => parentPort?.postMessage(run(job)));
