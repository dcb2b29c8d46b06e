import { queryRow } from '../connection/query-rows.ts';
import type { Engine } from '../engine.ts';
import { relationKey } from '../relation-key.ts';
import { selectedTables } from '../selection/selection.ts';
import { dataTables } from '../snapshot/data-table.ts';
import type { HeldSnapshot } from '../snapshot/hold-snapshot.ts';
import { dataFileName, dumpFileName } from '../storage/manifest.ts';
import { type DumpPart, shareTables } from './dump-part.ts';

/** Plans the files of a dump: one, or, for several sessions, one with the definitions and others with the rows. */
export async function planParts(
  { client, catalog, selection }: HeldSnapshot,
  { name: engine }: Engine,
  jobs: number,
): Promise<DumpPart[]> {
  const everyTable = dataTables(catalog);
  const tables = selectedTables(catalog, selection);
  const selected = new Set(tables.map(relationKey));
  const without = everyTable.filter((table) => !selected.has(relationKey(table)));
  const all: DumpPart = {
    file: dumpFileName(engine),
    definitions: selection.definitions,
    tables,
    otherTables: without,
    rest: selection.rows,
    selection,
  };
  // Rows alone go into one file, in the order of their foreign keys.
  if (jobs <= 1 || !selection.definitions || !selection.rows) return [all];
  const { bytes } = await queryRow<{ bytes: string }>(
    client,
    `SELECT pg_relation_size('pg_largeobject') AS bytes`,
  );
  const shares = shareTables(tables, jobs, Number(bytes));
  if (shares.length === 1) return [all];
  return [
    { ...all, tables: [], otherTables: everyTable, rest: false },
    ...shares.map((share, index) => ({
      ...all,
      file: dataFileName(engine, index + 1),
      definitions: false,
      tables: share,
      otherTables: [...without, ...shares.filter((other) => other !== share).flat()],
      rest: index === 0,
    })),
  ];
}
