import { fileURLToPath } from 'node:url';
import { defineProject } from 'vitest/config';

/** With a version of PostgreSQL named, what needs no server is left to the run without: CI does both. */
const isOtherVersion = process.env.PGTEST_MAJOR !== undefined;

const resolve = {
  conditions: ['@tothub/source'],
  externalConditions: ['@tothub/source'],
};

/** What the tests of every package share: sources instead of builds, and one throwaway server a run. */
export default defineProject({
  ssr: { resolve },
  // In which the global setup runs.
  environments: { __vitest__: { resolve } },
  test: {
    include: [
      isOtherVersion ? 'src/**/*.integration.test.ts' : 'src/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    globalSetup: [
      fileURLToPath(new URL('packages/db-testkit/src/global-setup.ts', import.meta.url)),
    ],
    // Every core: most of a test's time is the server's or another process's. A project does not inherit it.
    maxWorkers: '100%',
    // WebAssembly (the parser, pg_dump) in one quick pass: optimised code would not pay for itself in a test file.
    execArgv: ['--liftoff-only'],
    // Against hanging only; a busy machine may be ten times slower than a quiet one.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // What is waited for comes in its own time on a slow machine.
    expect: { poll: { timeout: 60_000 } },
    setupFiles: [fileURLToPath(new URL('vitest.setup.ts', import.meta.url))],
  },
});
