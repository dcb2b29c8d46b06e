import { configDefaults, defineProject, mergeConfig } from 'vitest/config';
import project from '../../vitest.project.ts';

/** What runs whole commands has nothing to do with the version of PostgreSQL. */
const ofOneVersion =
  process.env.PGTEST_MAJOR === undefined ? [] : ['test/examples.test.ts', 'test/guide.test.ts'];

export default mergeConfig(
  project,
  defineProject({ test: { exclude: [...configDefaults.exclude, ...ofOneVersion] } }),
);
