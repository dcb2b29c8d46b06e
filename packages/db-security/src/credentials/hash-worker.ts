/** The thread that hashes. Everything in it is synchronous: the event loop that must stay free is the main one. */
import { parentPort } from 'node:worker_threads';
import { builtInArgon2, type DeriveArgon2, loadArgon2 } from './derive-argon2.ts';
import { type HashJob, runHashJob } from './hash-job.ts';

let loaded: Promise<DeriveArgon2 | undefined> | undefined;

/** Loaded with the first job that needs it. */
function argon2(): Promise<DeriveArgon2 | undefined> {
  loaded ??= loadArgon2(() => import('@node-rs/argon2'), builtInArgon2);
  return loaded;
}

parentPort?.on('message', async (job: HashJob) => {
  parentPort?.postMessage(await runHashJob(job, argon2));
});
