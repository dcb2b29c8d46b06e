import type { Column, Index, Relation } from '../model.ts';
import { constraintOf } from './constraint-of.ts';
import type { GrantsByObject } from './group-grants.ts';
import type { ColumnRow } from './queries/columns.ts';
import type { ConstraintRow } from './queries/constraints.ts';
import type { IndexRow } from './queries/indexes.ts';
import type { PolicyRow } from './queries/policies.ts';
import type { RelationRow } from './queries/relations.ts';
import type { RuleRow } from './queries/rules.ts';
import type { TriggerRow } from './queries/triggers.ts';
import type { ViewDependencyRow } from './queries/view-dependencies.ts';

interface RelationParts {
  readonly relations: readonly RelationRow[];
  readonly columns: readonly ColumnRow[];
  readonly constraints: readonly ConstraintRow[];
  readonly indexes: readonly IndexRow[];
  readonly triggers: readonly TriggerRow[];
  readonly policies: readonly PolicyRow[];
  readonly rules: readonly RuleRow[];
  readonly dependencies: readonly ViewDependencyRow[];
  readonly grants: GrantsByObject;
}

/**
 * Puts what the queries found about each relation together. The server prints definitions from the present,
 * the rows come from the snapshot: what another session has dropped in between has no definition, and is left out.
 */
export function assembleRelations(parts: RelationParts): Relation[] {
  const columns = byRelation(parts.columns);
  const constraints = byRelation(parts.constraints);
  const indexes = byRelation(parts.indexes);
  const triggers = byRelation(parts.triggers);
  const policies = byRelation(parts.policies);
  const rules = byRelation(parts.rules);
  const dependencies = byRelation(parts.dependencies);
  return parts.relations.map(
    ({ oid, isPartition, bound, parents, foreignServer, ...relation }) => ({
      ...relation,
      columns: (columns.get(oid) ?? []).map((row) => columnOf(row, parts.grants)),
      constraints: (constraints.get(oid) ?? []).map(constraintOf).filter(isPresent),
      indexes: (indexes.get(oid) ?? []).map(indexOf).filter(isPresent),
      triggers: (triggers.get(oid) ?? []).map(withoutRelation).filter(isPresent),
      policies: (policies.get(oid) ?? []).map(withoutRelation),
      rules: (rules.get(oid) ?? []).map(withoutRelation).filter(isPresent),
      grants: parts.grants.of('relation', oid),
      ...(foreignServer === null ? {} : { foreignServer }),
      partitionOf: isPartition && parents[0] ? { ...parents[0], bound: bound ?? '' } : null,
      inherits: isPartition ? [] : parents,
      dependsOn: (dependencies.get(oid) ?? []).map(withoutRelation),
    }),
  );
}

function byRelation<Row extends { readonly relation: number }>(
  rows: readonly Row[],
): Map<number, Row[]> {
  return Map.groupBy(rows, (row) => row.relation);
}

function withoutRelation<Row extends { readonly relation: number }>({
  relation: _,
  ...rest
}: Row): Omit<Row, 'relation'> {
  return rest;
}

function isPresent(object: { readonly definition: string | null } | undefined): boolean {
  return object?.definition != null;
}

function columnOf({ relation, number, ...column }: ColumnRow, grants: GrantsByObject): Column {
  return { ...column, grants: grants.of('relation', relation, number) };
}

function indexOf({ relation: _, keys, ...index }: IndexRow): Index {
  return {
    ...index,
    keys: keys.map(({ collation, ...key }) => (collation === null ? key : { ...key, collation })),
  };
}
