import type { Catalog, ForeignKeyConstraint, Relation } from './model.ts';

/** Finds a table or view by schema and name, both exactly as the catalog spells them. */
export function findRelation(catalog: Catalog, schema: string, name: string): Relation | undefined {
  return catalog.relations.find((relation) => relation.schema === schema && relation.name === name);
}

/** Names the primary-key columns in key order; undefined where there is no primary key. */
export function primaryKeyOf(relation: Relation): readonly string[] | undefined {
  return relation.constraints.find((constraint) => constraint.kind === 'primary key')?.columns;
}

/** Lists the foreign keys that a relation declares, in name order. */
export function foreignKeysOf(relation: Relation): readonly ForeignKeyConstraint[] {
  return relation.constraints.filter((constraint) => constraint.kind === 'foreign key');
}
