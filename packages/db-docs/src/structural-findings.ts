import { type Catalog, coveringIndex, type Index, type Relation } from '@tothub/db-catalog';
import type { Finding } from './finding.ts';
import { indexShape } from './index-shape.ts';
import { ownForeignKeys } from './schema-index.ts';

/**
 * Lists what the catalog alone shows to be wrong or unfinished: no look at the data, no guess.
 * A partition is reported only for what it does not have from its parent. Ordered as the catalog is.
 *
 * Rules: `missing-primary-key`, `unindexed-foreign-key`, `invalid-index`, `duplicate-index`,
 * `not-validated-constraint`, `not-enforced-constraint`, `disabled-trigger`,
 * `policy-without-row-level-security`, `row-level-security-without-policy`.
 *
 * @example
 * ```ts
 * structuralFindings(await readCatalog(client));
 * // [{ rule: 'unindexed-foreign-key', severity: 'warning',
 * //    object: { schema: 'public', table: 'attendance', columns: ['child_id'], name: 'attendance_child_id_fkey' },
 * //    message: 'No index begins with these columns, so …' }]
 * ```
 */
export function structuralFindings(catalog: Catalog): readonly Finding[] {
  return [
    ...catalog.relations.flatMap((relation) => [
      ...keyFindings(relation),
      ...indexFindings(relation),
      ...constraintFindings(relation),
      ...triggerFindings(relation),
      ...policyFindings(relation),
    ]),
    ...catalog.domains.flatMap(({ schema, name: domain, constraints }) =>
      constraints
        .filter(({ validated }) => !validated)
        .map(({ name }) => notValidated({ schema, domain, name })),
    ),
  ];
}

function about(relation: Relation, rest: Partial<Finding['object']> = {}): Finding['object'] {
  return { schema: relation.schema, table: relation.name, ...rest };
}

function keyFindings(relation: Relation): Finding[] {
  const findings: Finding[] = [];
  const mayHaveKey = relation.kind === 'table' || relation.kind === 'partitioned table';
  if (
    mayHaveKey &&
    !relation.partitionOf &&
    !relation.constraints.some(({ kind }) => kind === 'primary key')
  ) {
    findings.push({
      rule: 'missing-primary-key',
      severity: 'warning',
      object: about(relation),
      message:
        'Rows cannot be named, compared or replicated one by one. Add a primary key, or make a unique not-null column one.',
    });
  }
  for (const { columns, name } of ownForeignKeys(relation)) {
    if (coveringIndex(relation, columns)) continue;
    findings.push({
      rule: 'unindexed-foreign-key',
      severity: 'warning',
      object: about(relation, { columns, name }),
      message:
        'No index begins with these columns, so deleting or re-keying a referenced row reads the whole table. Create one concurrently.',
    });
  }
  return findings;
}

function indexFindings(relation: Relation): Finding[] {
  const firstWith = new Map<string, string>();
  const backing = new Set(
    relation.constraints.flatMap((constraint) =>
      'index' in constraint && constraint.index ? [constraint.index] : [],
    ),
  );
  const rank = (index: Index) => (index.isPrimary ? 0 : backing.has(index.name) ? 1 : 2);
  return [...relation.indexes]
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
    .flatMap((index): Finding[] => {
      const object = about(relation, { name: index.name });
      if (!index.isValid || !index.isReady) {
        return [
          {
            rule: 'invalid-index',
            severity: 'error',
            object,
            message:
              'No query uses it, yet it may slow every write: a build did not finish. Drop it concurrently and build it again.',
          },
        ];
      }
      const shape = `${index.isUnique} ${indexShape(index)}`;
      const twin = firstWith.get(shape);
      if (twin === undefined) {
        firstWith.set(shape, index.name);
        return [];
      }
      if (index.isPartition) return [];
      return [
        {
          rule: 'duplicate-index',
          severity: 'warning',
          object,
          message: `It has the very definition of ${twin} and costs every write once more. Drop one of the two.`,
        },
      ];
    });
}

function constraintFindings(relation: Relation): Finding[] {
  return relation.constraints
    .filter(({ validated, isLocal }) => !validated && (isLocal || !relation.partitionOf))
    .map(({ name, definition }) => {
      const object = about(relation, { name });
      // PostgreSQL 18 can declare a constraint that is never checked; it cannot be validated either.
      return definition.endsWith('NOT ENFORCED')
        ? {
            rule: 'not-enforced-constraint',
            severity: 'warning',
            object,
            message: 'PostgreSQL does not check it for any row. Do not rely on it.',
          }
        : notValidated(object);
    });
}

function notValidated(object: Finding['object']): Finding {
  return {
    rule: 'not-validated-constraint',
    severity: 'warning',
    object,
    message:
      'It holds for new rows only; older ones may break it. Mend those and VALIDATE CONSTRAINT.',
  };
}

function triggerFindings(relation: Relation): Finding[] {
  return relation.triggers
    .filter(({ enabled }) => enabled === 'disabled')
    .map(({ name }) => ({
      rule: 'disabled-trigger',
      severity: 'warning',
      object: about(relation, { name }),
      message: 'It does not fire. Enable it, or drop it if nothing needs it.',
    }));
}

function policyFindings(relation: Relation): Finding[] {
  const protectedRows = relation.rowLevelSecurity !== 'off';
  if (relation.policies.length > 0 && !protectedRows) {
    return [
      {
        rule: 'policy-without-row-level-security',
        severity: 'error',
        object: about(relation),
        message:
          'Its policies protect nothing while row-level security is off. ENABLE ROW LEVEL SECURITY, or drop them.',
      },
    ];
  }
  if (relation.policies.length === 0 && protectedRows) {
    return [
      {
        rule: 'row-level-security-without-policy',
        severity: 'warning',
        object: about(relation),
        message:
          'Row-level security without a policy hides every row from all but the owner and superusers. Add a policy if others should see any.',
      },
    ];
  }
  return [];
}
