import { findRelation } from '../find-relation.ts';
import type { Catalog, Relation } from '../model.ts';
import type { CatalogDifference } from './catalog-difference.ts';

/**
 * Lists columns whose place among the columns that both have is another one. Columns added or removed
 * before them do not count as a move.
 */
export function movedColumns(before: Catalog, after: Catalog): CatalogDifference[] {
  return before.relations.flatMap((old) => {
    const now = findRelation(after, old.schema, old.name);
    return now?.kind === old.kind ? movesBetween(old, now) : [];
  });
}

function movesBetween(old: Relation, now: Relation): CatalogDifference[] {
  const order = commonColumns(now, old);
  return commonColumns(old, now).flatMap(({ name, position }, place) => {
    const there = now.columns.find((column) => column.name === name);
    if (order[place]?.name === name || there === undefined) return [];
    return [
      {
        change: 'changed',
        object: { type: 'column', schema: now.schema, relation: now.name, name },
        property: 'position',
        before: position,
        after: there.position,
      },
    ];
  });
}

function commonColumns(relation: Relation, other: Relation) {
  const names = new Set(other.columns.map((column) => column.name));
  return relation.columns.filter((column) => names.has(column.name));
}
