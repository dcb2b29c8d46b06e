import { defineConfig } from 'tsup';

export default defineConfig({
  // The worker is started by its file name, so it is a file of its own.
  entry: { index: 'src/index.ts', 'pg-dump-worker': 'src/wasm/pg-dump-worker.ts' },
  format: ['esm'],
  target: 'node24',
  sourcemap: true,
  clean: true,
});
