import { defineConfig } from 'tsup';

export default defineConfig({
  // The worker is a file of its own, beside the bundle that starts it.
  entry: {
    index: 'src/index.ts',
    zod: 'src/zod.ts',
    'hash-worker': 'src/credentials/hash-worker.ts',
  },
  format: ['esm'],
  target: 'node24',
  sourcemap: true,
  clean: true,
});
