import type { Catalog, RelationName } from '@tothub/db-catalog';
import { relationKey } from '../relation-key.ts';

/** Makes a function that gives the partitioned tables above a partition. */
export function ancestry(catalog: Catalog): (table: RelationName) => RelationName[] {
  const byName = new Map(catalog.relations.map((relation) => [relationKey(relation), relation]));
  return function ancestorsOf(table): RelationName[] {
    const parent = byName.get(relationKey(table))?.partitionOf;
    return parent ? [parent, ...ancestorsOf(parent)] : [];
  };
}
