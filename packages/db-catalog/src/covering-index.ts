import type { Index, Relation } from './model.ts';

/**
 * Finds an index that serves `WHERE a = … AND b = …` on all these columns, which is what PostgreSQL asks of
 * the referencing table when a referenced row is deleted or its key changes.
 *
 * It is a valid, ready B-tree whose leading keys are these columns in any order (or, for one column, a hash
 * index), under the columns' own collations. A partial index counts only where its predicate is
 * `column IS NOT NULL` of one of them, because equality implies that; INCLUDE columns never count.
 *
 * @param columns in any order; repeated names count once
 */
export function coveringIndex(relation: Relation, columns: readonly string[]): Index | undefined {
  const wanted = new Set(columns);
  if (wanted.size === 0) return undefined;
  return relation.indexes.find(
    (index) =>
      index.isValid &&
      index.isReady &&
      (index.method === 'btree' || (index.method === 'hash' && wanted.size === 1)) &&
      leadsWith(index, wanted) &&
      (index.predicate === null || isNotNullOfKey(index, index.predicate, wanted)),
  );
}

function leadsWith(index: Index, wanted: ReadonlySet<string>): boolean {
  const leading = index.keys.slice(0, wanted.size);
  return [...wanted].every((column) =>
    leading.some((key) => key.column === column && key.collation === undefined),
  );
}

// The server prints keys and predicate alike, quotes included.
function isNotNullOfKey(index: Index, predicate: string, wanted: ReadonlySet<string>): boolean {
  return index.keys.some(
    ({ column, expression }) =>
      column !== null && wanted.has(column) && predicate === `(${expression} IS NOT NULL)`,
  );
}
