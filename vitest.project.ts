import { fileURLToPath } from 'node:url';
import { defineProject } from 'vitest/config';

/** What the tests of every package share: sources instead of builds, and one throwaway server a run. */
export default defineProject({
  ssr: { resolve: { conditions: ['@tothub/source'], externalConditions: ['@tothub/source'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: [
      fileURLToPath(new URL('packages/db-testkit/src/global-setup.ts', import.meta.url)),
    ],
    // Every core: most of a test's time is the server's or another process's. A project does not inherit it.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    setupFiles: [fileURLToPath(new URL('vitest.setup.ts', import.meta.url))],
  },
});
