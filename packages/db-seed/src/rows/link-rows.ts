import type { ForeignKeyConstraint } from '@tothub/db-catalog';
import { nameOf } from '../plan/table-order.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { DrawnRow, DrawSurroundings } from './draw-row.ts';

/**
 * Fills the foreign keys of rows that point into their own table. Rows point at earlier ones; the first one at
 * nothing, or where NULL is not allowed at itself. One COPY checks them when it ends, so the order is free.
 */
export function linkRows(
  plan: TablePlan,
  around: DrawSurroundings,
  rows: readonly DrawnRow[],
  load: number,
): readonly DrawnRow[] {
  if (plan.selfReferences.length === 0) return rows;
  const linked = rows.map((row) => new Map(row));
  for (const key of plan.selfReferences) {
    linked.forEach((row, index) => {
      link(plan, key, around, linked, row, index, load);
    });
  }
  return linked;
}

function link(
  plan: TablePlan,
  key: ForeignKeyConstraint,
  around: DrawSurroundings,
  rows: readonly Map<string, string | null>[],
  row: Map<string, string | null>,
  index: number,
  load: number,
): void {
  const columns = key.columns.map((name, at) => ({
    name,
    target: key.references.columns[at] ?? '',
    plan: plan.columns.find((column) => column.name === name),
  }));
  const free = columns.filter((column) => column.plan?.isSelfReference);
  if (free.length === 0) return;
  const shared = columns.filter((column) => !free.includes(column));
  const mayBeNull = free.some((column) => column.plan?.nullable) && key.match !== 'full';
  const fits = (other: ReadonlyMap<string, string | null>): boolean =>
    shared.every(({ name, target }) => other.get(target) === row.get(name)) &&
    free.every(({ target }) => (other.get(target) ?? null) !== null);
  const { relation } = plan;
  const stream = [around.seed, nameOf(relation), `\u0001${key.name}`, index, load];
  const isUnique = free.some((column) => column.plan?.isDistinct);
  const target = around.random.within(stream, () => {
    const earlier = rows.slice(0, index).filter(fits);
    if (mayBeNull) {
      if (load > 0 || around.random.chance(0.25)) return undefined;
      return isUnique ? earlier.at(-1) : around.random.pick(earlier);
    }
    if (!isUnique && load === 0) return around.random.pick(earlier) ?? row;
    // A ring gives every row a successor of its own, and none points at itself.
    const ring = rows.filter(fits);
    return ring.at(ring.indexOf(row) - 1) ?? row;
  });
  for (const { name, target: from } of free) row.set(name, target?.get(from) ?? null);
}
