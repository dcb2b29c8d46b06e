import type { Relation } from '@tothub/db-catalog';
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
  const defaults = new Map(above?.columns.map((column) => [column.name, column.default]));
  return [
    ...partition.columns
      .filter(({ name, default: expression }) => expression !== (defaults.get(name) ?? null))
      .map(({ name, default: expression }) => `${name} DEFAULT ${expression ?? 'NULL'}`),
    ...partition.constraints
      .filter(({ kind, isLocal, name }) => kind !== 'not null' && isLocal && !inherited.has(name))
      .map(({ name, definition }) => `CONSTRAINT ${name} ${definition}`),
    ...partition.indexes
      .filter(({ isPartition, name }) => !isPartition && !backing.has(name))
      .map(({ definition }) => definition),
    ...partition.triggers
      .filter(({ name }) => !firing.has(name))
      .map(({ definition }) => definition),
    ...partition.policies.map(({ name }) => `POLICY ${name}`),
  ];
}
