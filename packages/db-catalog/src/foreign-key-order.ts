import { findRelation, foreignKeysOf } from './find-relation.ts';
import type { Catalog, Relation } from './model.ts';

export interface ForeignKeyOrder {
  /** All the given relations, referenced ones before those that reference them; a cycle stays together. */
  readonly ordered: readonly Relation[];
  /** Groups of two or more that reference each other in a circle. A table that references itself is none. */
  readonly cycles: readonly (readonly Relation[])[];
}

/**
 * Orders relations so that rows can be inserted table by table. Foreign keys to relations that are not among
 * them are ignored. The same catalog gives the same order, whatever order the relations come in.
 *
 * Follows R. Tarjan, "Depth-first search and linear graph algorithms" (1972): strongly connected components
 * come out in the order wanted here. The walk keeps its own stack, so a long chain cannot exhaust the call stack.
 */
export function tablesInForeignKeyOrder(
  catalog: Catalog,
  relations: readonly Relation[],
): ForeignKeyOrder {
  const among = new Set(relations);
  const ordered: Relation[] = [];
  const cycles: Relation[][] = [];
  const number = new Map<Relation, number>();
  const lowest = new Map<Relation, number>();
  const open: Relation[] = [];
  const isOpen = new Set<Relation>();

  const enter = (relation: Relation) => {
    number.set(relation, number.size);
    lowest.set(relation, number.size - 1);
    open.push(relation);
    isOpen.add(relation);
    return { relation, rest: referencedBy(catalog, relation, among) };
  };
  const lower = (relation: Relation, value: number | undefined): void => {
    lowest.set(relation, Math.min(lowest.get(relation) ?? 0, value ?? 0));
  };

  for (const root of relations.toSorted(byName)) {
    if (number.has(root)) continue;
    const walk = [enter(root)];
    for (let top = walk.at(-1); top; top = walk.at(-1)) {
      const { relation, rest } = top;
      const next = rest.shift();
      if (next === undefined) {
        walk.pop();
        const parent = walk.at(-1);
        if (parent) lower(parent.relation, lowest.get(relation));
        if (lowest.get(relation) !== number.get(relation)) continue;
        const component = open.splice(open.indexOf(relation)).sort(byName);
        for (const member of component) isOpen.delete(member);
        ordered.push(...component);
        if (component.length > 1) cycles.push(component);
      } else if (!number.has(next)) {
        walk.push(enter(next));
      } else if (isOpen.has(next)) {
        lower(relation, number.get(next));
      }
    }
  }
  return { ordered, cycles };
}

function referencedBy(
  catalog: Catalog,
  relation: Relation,
  among: ReadonlySet<Relation>,
): Relation[] {
  return foreignKeysOf(relation)
    .map(({ references }) => findRelation(catalog, references.schema, references.name))
    .filter((target) => target !== undefined)
    .filter((target) => among.has(target))
    .sort(byName);
}

function byName(a: Relation, b: Relation): number {
  if (a.schema !== b.schema) return a.schema < b.schema ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
