import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/parts.ts'],
  format: ['esm'],
  target: 'node24',
  sourcemap: true,
  clean: true,
});
