import { qualifiedName } from '@tothub/db-catalog';
import type { Selection } from './selection.ts';

/** Says in words what a restore of a selective backup will not bring back, and why. */
export function missingFromSelection(selection: Selection): string[] {
  const { leftOut, rowsLeftOut, foreignKeysLeftOut } = selection;
  return [
    ...(selection.definitions ? [] : ['definitions: only rows were wanted']),
    ...(selection.rows ? [] : ['rows and values of sequences: only definitions were wanted']),
    ...(selection.rows && !selection.largeObjects ? ['large objects'] : []),
    ...leftOut.map((relation) => `${qualifiedName(relation)} (${relation.reason})`),
    ...rowsLeftOut.map((table) => `rows of ${qualifiedName(table)} (${table.reason})`),
    ...foreignKeysLeftOut.map(
      ({ schema, table, name }) =>
        `foreign key ${name} of ${qualifiedName(schema, table)} (not every row that it refers to is there)`,
    ),
  ];
}
