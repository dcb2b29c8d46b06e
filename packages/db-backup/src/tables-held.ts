import { type Catalog, qualifiedName } from '@tothub/db-catalog';

/** Tables, and roots of partitioned ones, that a backup with this catalog holds, as `qualifiedName` prints them. */
export function tablesHeld(catalog: Catalog): string[] {
  return catalog.relations
    .filter((relation) => relation.kind === 'table' || relation.kind === 'partitioned table')
    .map((relation) => qualifiedName(relation));
}
