import { foreignKeysOf } from './find-relation.ts';
import type { Catalog, Relation, RelationName } from './model.ts';

/** Relations in an order of insertion. */
export interface ForeignKeyOrder {
  /** All the given relations, referenced ones before those that reference them; a cycle stays together. */
  readonly ordered: readonly Relation[];
  /** Groups of two or more that reference each other in a circle. A table that references itself is none. */
  readonly cycles: readonly (readonly Relation[])[];
}

/**
 * Orders relations so that rows can be inserted table by table: those given, or all of the catalog. Foreign keys
 * to relations that are not among them are ignored. The same catalog gives the same order, whatever order the relations come in.
 *
 * Follows R. Tarjan, "Depth-first search and linear graph algorithms" (1972): strongly connected components
 * come out in the order wanted here. The walk keeps its own stack, so a long chain cannot exhaust the call stack.
 */
export function tablesInForeignKeyOrder(
  catalog: Catalog,
  relations: readonly Relation[] = catalog.relations,
): ForeignKeyOrder {
  const byKey = new Map(relations.map((relation) => [keyOf(relation), relation]));
  const ordered: Relation[] = [];
  const cycles: Relation[][] = [];
  const visits = new Map<Relation, Visit>();
  const open: Visit[] = [];

  const enter = (relation: Relation): Visit => {
    const number = visits.size;
    const rest = referencedBy(relation, byKey);
    const visit = { relation, rest, number, lowest: number, isOpen: true };
    visits.set(relation, visit);
    open.push(visit);
    return visit;
  };
  const close = (root: Visit): void => {
    const members = open.splice(open.lastIndexOf(root));
    for (const member of members) member.isOpen = false;
    const component = members.map((member) => member.relation).sort(byName);
    ordered.push(...component);
    if (component.length > 1) cycles.push(component);
  };

  for (const relation of relations.toSorted(byName)) {
    if (visits.has(relation)) continue;
    const walk = [enter(relation)];
    for (let visit = walk.at(-1); visit; visit = walk.at(-1)) {
      const target = visit.rest.shift();
      const seen = target && visits.get(target);
      if (target === undefined) {
        walk.pop();
        const parent = walk.at(-1);
        if (parent) parent.lowest = Math.min(parent.lowest, visit.lowest);
        if (visit.lowest === visit.number) close(visit);
      } else if (seen === undefined) {
        walk.push(enter(target));
      } else if (seen.isOpen) {
        visit.lowest = Math.min(visit.lowest, seen.number);
      }
    }
  }
  return { ordered, cycles };
}

/** A relation on the walk: its place in it, and the earliest open place that can be reached from it. */
interface Visit {
  readonly relation: Relation;
  readonly rest: Relation[];
  readonly number: number;
  lowest: number;
  isOpen: boolean;
}

function referencedBy(relation: Relation, byKey: ReadonlyMap<string, Relation>): Relation[] {
  return foreignKeysOf(relation)
    .map(({ references }) => byKey.get(keyOf(references)))
    .filter((target) => target !== undefined)
    .sort(byName);
}

function keyOf({ schema, name }: RelationName): string {
  return JSON.stringify([schema, name]);
}

function byName(a: Relation, b: Relation): number {
  if (a.schema !== b.schema) return a.schema < b.schema ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
