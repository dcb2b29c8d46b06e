import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/rows/index.ts', 'src/testing/index.ts'],
  format: ['esm'],
  target: 'node24',
  sourcemap: true,
  clean: true,
});
