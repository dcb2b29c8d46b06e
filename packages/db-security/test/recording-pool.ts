import type { HashJob } from '../src/credentials/hash-job.ts';
import type { HashPool } from '../src/credentials/hash-pool.ts';

/** A pool that writes down what it is asked, and answers every comparison with no, without the work. */
export function recordingPool(): { pool: HashPool; jobs: HashJob[] } {
  const jobs: HashJob[] = [];
  return {
    jobs,
    pool: {
      memoryLimitBytes: 512 * 2 ** 20,
      async run(job) {
        jobs.push(job);
        return job.operation === 'hash' ? `$2b$10$${'.'.repeat(53)}` : false;
      },
      async close() {},
    },
  };
}
