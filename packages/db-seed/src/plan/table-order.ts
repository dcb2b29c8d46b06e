import type { Relation, RelationName } from '@tothub/db-catalog';

/** Tables so that what is referenced comes first, and those whose keys run in a circle that NULL cannot break. */
export interface TableOrder {
  readonly ordered: readonly Relation[];
  readonly skipped: readonly { readonly relation: Relation; readonly reason: string }[];
}

export const nameOf = (relation: RelationName): string => `${relation.schema}.${relation.name}`;

/** Orders tables by their foreign keys. A key that may stay NULL waits only while nothing better can go first. */
export function orderTables(tables: readonly Relation[]): TableOrder {
  const remaining = new Map(
    [...tables]
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
      .map((table) => [nameOf(table), table]),
  );
  const pending = (table: Relation, requiredOnly: boolean): string | undefined =>
    table.constraints
      .filter((one) => one.kind === 'foreign key')
      .filter((key) => !requiredOnly || isRequired(table, key.columns, key.match))
      .map((key) => nameOf(key.references))
      .find((parent) => parent !== nameOf(table) && remaining.has(parent));

  const ordered: Relation[] = [];
  const skipped: { relation: Relation; reason: string }[] = [];
  while (remaining.size > 0) {
    const tablesLeft = [...remaining.values()];
    const next =
      tablesLeft.find((table) => pending(table, false) === undefined) ??
      tablesLeft.find((table) => pending(table, true) === undefined);
    if (next) {
      remaining.delete(nameOf(next));
      ordered.push(next);
      continue;
    }
    // Every table left waits for another one: following the waits from any of them ends in a circle.
    const path: string[] = [];
    let at = tablesLeft[0] ? nameOf(tablesLeft[0]) : '';
    while (!path.includes(at)) {
      path.push(at);
      const table = remaining.get(at);
      at = (table && pending(table, true)) ?? at;
    }
    const circle = path.slice(path.indexOf(at));
    for (const name of circle) {
      const relation = remaining.get(name);
      if (!relation) continue;
      skipped.push({
        relation,
        reason: `its foreign keys run in a circle in which no column may be NULL: ${[...circle, at].join(' → ')}`,
      });
    }
    for (const name of circle) remaining.delete(name);
  }
  return { ordered, skipped };
}

/** True when a foreign key must be filled: MATCH SIMPLE is satisfied by one NULL, MATCH FULL by all. */
export function isRequired(
  table: Relation,
  columns: readonly string[],
  match: 'simple' | 'full' | 'partial',
): boolean {
  const nullable = columns.filter(
    (name) => !(table.columns.find((column) => column.name === name)?.notNull ?? true),
  );
  return match === 'full' ? nullable.length < columns.length : nullable.length === 0;
}
