import { inTransaction, type TransactionalClient } from '../../session.ts';
import type { KeyedTable } from '../keyed-table.ts';
import { type RowSelection, readRows } from '../read-rows.ts';
import { type ClassifiedValue, classifyColumnValue } from './column-class.ts';

/** How many rows hold values of one class. */
export interface ClassCount extends ClassifiedValue {
  readonly rows: number;
}

const PAGE = 500;

/** Counts what a column holds, by class, in one read-only snapshot. Values do not leave this function. */
export async function surveyColumn(
  db: TransactionalClient,
  table: KeyedTable,
  selection: RowSelection,
  isUnlimited: boolean,
): Promise<ClassCount[]> {
  const counts = new Map<string, ClassCount>();
  await inTransaction(
    db,
    async () => {
      for await (const rows of readRows(db, table, selection, PAGE)) {
        for (const { old } of rows) {
          const found = classifyColumnValue(old, isUnlimited);
          const name = `${found.class} ${found.kind ?? ''}`;
          counts.set(name, { ...found, rows: (counts.get(name)?.rows ?? 0) + 1 });
        }
      }
    },
    'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY',
  );
  return [...counts.values()].sort((a, b) => b.rows - a.rows);
}
