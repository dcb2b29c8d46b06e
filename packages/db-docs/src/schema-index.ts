import {
  type Catalog,
  type ForeignKeyConstraint,
  foreignKeysOf,
  type Relation,
  type RelationName,
} from '@tothub/db-catalog';
import { displayPath } from './display-name.ts';
import { withoutSchemas } from './without-schemas.ts';

/** A foreign key seen from the table that it references. */
interface Reference {
  readonly from: Relation;
  readonly foreignKey: ForeignKeyConstraint;
}

/** The visible part of a catalog, with the look-ups that several sections need. */
export interface SchemaIndex {
  readonly catalog: Catalog;
  /** Relations with a section of their own: all but partitions. */
  readonly relations: readonly Relation[];
  /** Path of a relation to the relation itself, partitions included. */
  readonly byPath: ReadonlyMap<string, Relation>;
  /** Path of a partitioned table to its partitions of every level. */
  readonly partitions: ReadonlyMap<string, readonly Relation[]>;
  /** Path of a table to the foreign keys that reference it or a partition of it. */
  readonly references: ReadonlyMap<string, readonly Reference[]>;
  /** Path of a type to the paths of the columns that have it. */
  readonly typeUses: ReadonlyMap<string, readonly string[]>;
  /** The table that stands for this one: the topmost parent of a partition, else itself. */
  rootOf(relation: RelationName): string;
}

/** How a relation or a type is named everywhere in the document. */
export function pathOf({ schema, name }: RelationName): string {
  return displayPath(schema, name);
}

/** Foreign keys that somebody declared on this table, as opposed to those a partition has from its parent. */
export function ownForeignKeys(relation: Relation): readonly ForeignKeyConstraint[] {
  return foreignKeysOf(relation).filter(({ isLocal }) => isLocal || !relation.partitionOf);
}

/** Leaves out what the reader should not see and works out who belongs to and refers to whom. */
export function indexSchema(catalog: Catalog, hidden: readonly string[] = []): SchemaIndex {
  const visible = withoutSchemas(catalog, new Set(hidden));
  const byPath = new Map(visible.relations.map((relation) => [pathOf(relation), relation]));
  const rootOf = (relation: RelationName): string => {
    const path = pathOf(relation);
    const parent = byPath.get(path)?.partitionOf;
    return parent && byPath.has(pathOf(parent)) ? rootOf(parent) : path;
  };
  const partitions = new Map<string, Relation[]>();
  const references = new Map<string, Reference[]>();
  const typeUses = new Map<string, string[]>();
  for (const relation of visible.relations) {
    const root = rootOf(relation);
    const isPartition = root !== pathOf(relation);
    if (isPartition) append(partitions, root, relation);
    for (const foreignKey of ownForeignKeys(relation)) {
      append(references, rootOf(foreignKey.references), { from: relation, foreignKey });
    }
    if (isPartition) continue;
    for (const { userType, name } of relation.columns) {
      if (userType)
        append(typeUses, pathOf(userType), displayPath(relation.schema, relation.name, name));
    }
  }
  return {
    catalog: visible,
    relations: visible.relations.filter((relation) => rootOf(relation) === pathOf(relation)),
    byPath,
    partitions,
    references,
    typeUses,
    rootOf,
  };
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
