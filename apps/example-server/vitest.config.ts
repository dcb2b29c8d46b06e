import { defineProject, mergeConfig } from 'vitest/config';
import project from '../../vitest.project.ts';

/** The server asks through db-core, which is tested on every version itself. */
const isOtherVersion = process.env.PGTEST_MAJOR !== undefined;

export default mergeConfig(
  project,
  defineProject({ test: isOtherVersion ? { exclude: ['**'] } : {} }),
);
