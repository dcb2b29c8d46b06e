import { coveringIndex, type Index, type Relation } from '@tothub/db-catalog';
import { displayName } from '../display-name.ts';
import { indexShape } from '../index-shape.ts';
import { code } from '../markdown/code.ts';
import { prose } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import { ownForeignKeys } from '../schema-index.ts';

/** The indexes of a table, what they serve, and whether they can be used at all. */
export function indexTable(relation: Relation): readonly string[] {
  const covers = new Map<Index, string[]>();
  for (const { columns, name } of ownForeignKeys(relation)) {
    const index = coveringIndex(relation, columns);
    if (index) covers.set(index, [...(covers.get(index) ?? []), name]);
  }
  return table(
    ['Index', 'Definition', 'Notes', 'Comment'],
    relation.indexes.map((index) => [
      code(displayName(index.name)),
      code(indexShape(index)),
      [
        ...marks(index),
        ...(covers.get(index) ?? []).map((name) => `covers ${code(displayName(name))}`),
      ].join(', '),
      index.comment ? prose(index.comment) : '',
    ]),
  );
}

function marks(index: Index): string[] {
  const found: string[] = [];
  if (!index.isValid || !index.isReady) found.push('**invalid**');
  if (index.isPrimary) found.push('primary key');
  else if (index.isExclusion) found.push('exclusion');
  else if (index.isUnique) found.push('unique');
  if (index.nullsNotDistinct) found.push('nulls not distinct');
  if (index.predicate !== null) found.push('partial');
  return found;
}
