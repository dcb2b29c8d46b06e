import {
  type Catalog,
  coveringIndex,
  type ForeignKeyConstraint,
  foreignKeysOf,
  qualifiedName,
  type Relation,
} from '@tothub/db-catalog';
import type { Check, CheckResult } from '../check.ts';

type Key = readonly [Relation, ForeignKeyConstraint];

function judge(catalog: Catalog, fails: (key: Key) => boolean, word: string): CheckResult {
  const keys = catalog.relations.flatMap((relation): Key[] =>
    foreignKeysOf(relation).map((key) => [relation, key]),
  );
  const bad = keys.filter(fails);
  return {
    status: bad.length === 0 ? 'passed' : 'failed',
    detail: `${keys.length - bad.length} of ${keys.length} foreign keys are ${word}`,
    items: bad.map(([relation, key]) => `${key.name} on ${qualifiedName(relation)}`),
  };
}

/** No foreign key waits for its validation. */
export const foreignKeysValid: Check = {
  name: 'foreign keys valid',
  run: async ({ catalog }) => judge(await catalog(), ([, key]) => !key.validated, 'valid'),
};

/** Every foreign key has an index that begins with its columns. */
export const foreignKeysIndexed: Check = {
  name: 'foreign keys indexed',
  run: async ({ catalog }) =>
    judge(
      await catalog(),
      ([relation, key]) => coveringIndex(relation, key.columns) === undefined,
      'indexed',
    ),
};
