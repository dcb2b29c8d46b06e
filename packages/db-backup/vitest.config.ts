import { configDefaults, defineProject, mergeConfig } from 'vitest/config';
import project from '../../vitest.project.ts';

/** Whole commands, containers, buckets and faults of machines have nothing to do with the version of PostgreSQL. */
const ofOneVersion =
  process.env.PGTEST_MAJOR === undefined
    ? []
    : [
        'test/examples.test.ts',
        'test/guide.test.ts',
        'src/encrypted-backup.integration.test.ts',
        'src/hard-circumstances.integration.test.ts',
        'src/memory.integration.test.ts',
        'src/s3-backup.integration.test.ts',
        'src/signed-backup.integration.test.ts',
      ];

export default mergeConfig(
  project,
  defineProject({ test: { exclude: [...configDefaults.exclude, ...ofOneVersion] } }),
);
