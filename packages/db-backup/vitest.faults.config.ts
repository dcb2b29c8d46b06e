import { fileURLToPath } from 'node:url';
import { defineProject } from 'vitest/config';
import project from '../../vitest.project.ts';

/**
 * The long tests: faults that are drawn at random, great sizes, every version of PostgreSQL. Not part of the suite, which
 * has a short part of each with a seed of its own. `FAULTS_SEED` repeats a run.
 */
process.env.FAULTS_SEED ??= String(Date.now() % 1_000_000_000);

const globalSetup = [project.test?.globalSetup ?? []].flat();

export default defineProject({
  ...project,
  test: {
    ...project.test,
    include: ['faults/**/*.test.ts'],
    globalSetup: [
      ...globalSetup,
      fileURLToPath(new URL('faults/announce-seed.ts', import.meta.url)),
    ],
    testTimeout: 1_800_000,
    // They measure nothing, but they fill two cores by themselves.
    maxWorkers: 2,
  },
});
