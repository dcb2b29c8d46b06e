import {
  type Catalog,
  qualifiedName,
  quoteIdent,
  type Relation,
  type RelationName,
} from '@tothub/db-catalog';
import { relationKey } from '../relation-key.ts';
import type { HashedColumn } from './value-hash.ts';

/**
 * One set of rows that is copied and counted as a unit: a table without its children, or the whole tree of
 * a hash-partitioned table, whose rows may fall into other partitions after a restore (an enum hashes by OID).
 */
export interface DataTable {
  readonly schema: string;
  readonly name: string;
  readonly wholeTree: boolean;
  /** Every column, sorted by name, so that another order after a restore changes nothing. */
  readonly columns: readonly HashedColumn[];
  /** Columns of the primary key; none where there is none. */
  readonly key: readonly HashedColumn[];
  /** Tables that the rows lie in: itself, or the partitions of a tree. */
  readonly leaves: readonly RelationName[];
  /** Bytes of the rows on the disk, without indexes; 0 where unknown. */
  readonly bytes: number;
  /** Columns that COPY may carry: generated ones are computed anew. */
  readonly copyColumns: readonly string[];
}

/** All sets of rows of a database, ordered by schema and name. */
export function dataTables(catalog: Catalog): DataTable[] {
  const byName = new Map(catalog.relations.map((relation) => [relationKey(relation), relation]));
  const tables: DataTable[] = [];
  for (const relation of catalog.relations) {
    if (relation.persistence === 'temporary' || hasHashAncestor(relation, byName)) continue;
    const wholeTree = isHashPartitioned(relation);
    if (relation.kind !== 'table' && !wholeTree) continue;
    const leaves = wholeTree ? partitionsOf(relation, catalog) : [relation];
    tables.push({
      schema: relation.schema,
      name: relation.name,
      wholeTree,
      columns: relation.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      key: relation.columns.filter((column) => keyOf(relation).includes(column.name)),
      leaves: leaves.map(({ schema, name }) => ({ schema, name })),
      bytes: leaves.reduce((sum, leaf) => sum + (leaf.statistics.tableBytes ?? 0), 0),
      copyColumns: relation.columns
        .filter((column) => column.generated === null)
        .map((column) => column.name),
    });
  }
  return tables;
}

/** `FROM` item that gives exactly the rows of the unit. */
export function fromItem(table: DataTable): string {
  return `${table.wholeTree ? '' : 'ONLY '}${qualifiedName(table)}`;
}

/** Column list for a `COPY`, quoted. */
export function columnList(columns: readonly string[]): string {
  return columns.map(quoteIdent).join(', ');
}

function keyOf(relation: Relation): readonly string[] {
  return (
    relation.constraints.find((constraint) => constraint.kind === 'primary key')?.columns ?? []
  );
}

function partitionsOf(root: Relation, catalog: Catalog): Relation[] {
  return catalog.relations
    .filter(({ partitionOf }) => partitionOf && relationKey(partitionOf) === relationKey(root))
    .flatMap((part) => (part.kind === 'table' ? [part] : partitionsOf(part, catalog)));
}

function isHashPartitioned(relation: Relation): boolean {
  return relation.partitionKey?.toUpperCase().startsWith('HASH') ?? false;
}

function hasHashAncestor(relation: Relation, byName: ReadonlyMap<string, Relation>): boolean {
  for (let parent = parentOf(relation, byName); parent; parent = parentOf(parent, byName)) {
    if (isHashPartitioned(parent)) return true;
  }
  return false;
}

function parentOf(relation: Relation, byName: ReadonlyMap<string, Relation>): Relation | undefined {
  return relation.partitionOf ? byName.get(relationKey(relation.partitionOf)) : undefined;
}
