import type { Relation } from '@tothub/db-catalog';
import { displayPath } from '../display-name.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import { pathOf } from '../schema-index.ts';

/** The partitions of a table: their bounds, and whatever each of them has that its parent does not. */
export function partitionTable(
  partitions: readonly Relation[],
  parent: Relation,
): readonly string[] {
  const byPath = new Map([parent, ...partitions].map((relation) => [pathOf(relation), relation]));
  return table(
    ['Partition', 'Of', 'Bound', 'Partitioned by', 'Only here', 'Comment'],
    partitions.map((partition) => {
      const above = partition.partitionOf ? pathOf(partition.partitionOf) : '';
      return [
        code(pathOf(partition)),
        above === pathOf(parent) ? '' : code(above),
        code(partition.partitionOf?.bound ?? ''),
        partition.partitionKey === null ? '' : code(partition.partitionKey),
        onlyHere(partition, byPath.get(above)).map(code).join('<br>'),
        partition.comment ? prose(partition.comment) : '',
      ];
    }),
  );
}

function onlyHere(partition: Relation, above: Relation | undefined): readonly string[] {
  const inherited = new Set(above?.constraints.map(({ name }) => name));
  const firing = new Set(above?.triggers.map(({ name }) => name));
  const backing = new Set(
    partition.constraints.flatMap((constraint) => ('index' in constraint ? constraint.index : [])),
  );
  return [
    ...(partition.persistence === 'unlogged' ? ['UNLOGGED'] : []),
    ...partition.options,
    ...partition.columns.flatMap(({ name, default: expression, notNull }) => {
      const column = above?.columns.find((candidate) => candidate.name === name);
      return [
        ...(expression === column?.default ? [] : [`${name} DEFAULT ${expression ?? 'NULL'}`]),
        ...(notNull === column?.notNull ? [] : [`${name} NOT NULL`]),
      ];
    }),
    ...partition.constraints
      .filter(({ kind, isLocal, name }) => kind !== 'not null' && isLocal && !inherited.has(name))
      .map(({ name, definition }) => `CONSTRAINT ${displayPath(name)} ${definition}`),
    ...partition.indexes
      .filter(({ isPartition, name }) => !isPartition && !backing.has(name))
      .map(({ definition }) => definition),
    ...partition.triggers
      .filter(({ name }) => !firing.has(name))
      .map(({ definition }) => definition),
    ...(partition.rowLevelSecurity === 'off'
      ? []
      : [`ROW LEVEL SECURITY ${partition.rowLevelSecurity}`]),
    ...partition.policies.map(({ name }) => `POLICY ${displayPath(name)}`),
  ];
}
