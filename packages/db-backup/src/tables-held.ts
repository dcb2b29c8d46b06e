import { type Catalog, qualifiedName, type RelationName } from '@tothub/db-catalog';
import { relationKey } from './relation-key.ts';
import type { Selection } from './selection/selection.ts';

/**
 * Tables, and roots of partitioned ones, that a backup with this catalog holds with definition and all rows, as
 * `qualifiedName` prints them.
 */
export function tablesHeld(catalog: Catalog, selection: Selection | undefined): string[] {
  if (selection && !(selection.definitions && selection.rows)) return [];
  const byName = new Map(catalog.relations.map((relation) => [relationKey(relation), relation]));
  const broken = new Set<string>();
  // A tree is not whole where one of its partitions is not.
  const breakTree = (relation: RelationName, above?: RelationName | null): void => {
    broken.add(relationKey(relation));
    const parent = above ?? byName.get(relationKey(relation))?.partitionOf;
    if (parent) breakTree(parent);
  };
  for (const { partitionOf, ...relation } of selection?.leftOut ?? [])
    breakTree(relation, partitionOf);
  for (const table of selection?.rowsLeftOut ?? []) breakTree(table);
  return catalog.relations
    .filter((relation) => relation.kind === 'table' || relation.kind === 'partitioned table')
    .filter((relation) => !broken.has(relationKey(relation)))
    .map((relation) => qualifiedName(relation));
}
