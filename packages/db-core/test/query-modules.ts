import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { QueryModules } from '../src/testing/index.ts';

const directory = fileURLToPath(new URL('../src/queries/', import.meta.url));

/** All modules of src/queries. */
export async function queryModules(): Promise<QueryModules> {
  const modules: Record<string, unknown> = {};
  for await (const file of glob('**/*.ts', { cwd: directory })) {
    if (!file.endsWith('.test.ts')) modules[directory + file] = await import(directory + file);
  }
  return modules;
}
