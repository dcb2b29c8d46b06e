import type { Catalog, RelationName } from '@tothub/db-catalog';
import { relationKey } from '../relation-key.ts';
import { dataTables } from '../snapshot/data-table.ts';
import { ancestry } from './ancestry.ts';
import type { LeftOut, Selection } from './selection.ts';

/** Foreign keys of tables with rows to tables that are gone, or that lack some of theirs. */
export function danglingForeignKeys(
  all: Catalog,
  remaining: Catalog,
  rowsLeftOut: readonly LeftOut[],
  gone: ReadonlySet<string>,
): (RelationName & { table: string })[] {
  if (rowsLeftOut.length === 0 && gone.size === 0) return [];
  const without = new Set(rowsLeftOut.map(relationKey));
  const ancestorsOf = ancestry(all);
  /** Keys of the sets of rows that each table, or tree of tables, consists of. */
  const unitsOf = new Map<string, string[]>();
  for (const unit of dataTables(all)) {
    for (const above of [unit, ...unit.leaves, ...ancestorsOf(unit)]) {
      const key = relationKey(above);
      unitsOf.set(key, [...(unitsOf.get(key) ?? []), relationKey(unit)]);
    }
  }
  return remaining.relations.flatMap((relation) =>
    relation.constraints.flatMap((constraint) => {
      if (constraint.kind !== 'foreign key') return [];
      const key = relationKey(constraint.references);
      const hasRows = (unitsOf.get(relationKey(relation)) ?? []).some((unit) => !without.has(unit));
      const lacksRows = hasRows && (unitsOf.get(key) ?? []).some((unit) => without.has(unit));
      if (!gone.has(key) && !lacksRows) return [];
      return [{ schema: relation.schema, table: relation.name, name: constraint.name }];
    }),
  );
}

/** The catalog without some foreign keys. */
export function withoutForeignKeys(
  catalog: Catalog,
  keys: Selection['foreignKeysLeftOut'],
): Catalog {
  if (keys.length === 0) return catalog;
  const isLeftOut = (relation: RelationName, name: string): boolean =>
    keys.some(
      (key) => key.schema === relation.schema && key.table === relation.name && key.name === name,
    );
  return {
    ...catalog,
    relations: catalog.relations.map((relation) => ({
      ...relation,
      constraints: relation.constraints.filter(({ name }) => !isLeftOut(relation, name)),
    })),
  };
}
