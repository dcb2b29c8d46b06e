import { configDefaults, defineProject, mergeConfig } from 'vitest/config';
import project from '../../vitest.project.ts';

/** Commands over packages that are tested on every version themselves. */
const ofOneVersion = [
  'audit',
  'backup',
  'circumstances',
  'hash-column',
  'kill',
  'phases',
  'refusals',
  'secure',
  'superset',
  'writers',
];

export default mergeConfig(
  project,
  defineProject({
    test: {
      exclude: [
        ...configDefaults.exclude,
        ...(process.env.PGTEST_MAJOR === undefined
          ? []
          : ofOneVersion.map((name) => `test/${name}.test.ts`)),
      ],
    },
  }),
);
