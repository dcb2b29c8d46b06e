import type { Selection } from '../selection/selection.ts';
import type { DataTable } from '../snapshot/data-table.ts';

/** What one file of a dump holds, of all that the backup is to hold. */
export interface DumpPart {
  /** Name of the file, before encryption. */
  readonly file: string;
  readonly definitions: boolean;
  /** Tables whose rows are in the file. */
  readonly tables: readonly DataTable[];
  /** Tables of which another file, or none, has the rows. */
  readonly otherTables: readonly DataTable[];
  /** Whatever is the rows of no table: values of sequences, large objects, rows of extensions' tables. */
  readonly rest: boolean;
  /** What is left out of the whole backup. */
  readonly selection: Selection;
}

/** Tables below this size are not worth a place on a command line. */
const SMALLEST_SHARE_BYTES = 1_048_576;

/**
 * Shares tables out so that so many sessions end at about the same time: the largest first, each to whom has least. The
 * first share also has everything small, which `otherBytes` more weigh on. A table is never split.
 */
export function shareTables(
  tables: readonly DataTable[],
  jobs: number,
  otherBytes: number,
): DataTable[][] {
  const shares = Array.from({ length: Math.max(1, jobs) }, () => ({
    bytes: 0,
    tables: [] as DataTable[],
  }));
  const [first] = shares;
  if (!first) return [];
  const isSmall = (table: DataTable): boolean => table.bytes < SMALLEST_SHARE_BYTES;
  first.tables.push(...tables.filter(isSmall));
  first.bytes = first.tables.reduce((sum, table) => sum + table.bytes, otherBytes);
  const large = tables.filter((table) => !isSmall(table)).toSorted((a, b) => b.bytes - a.bytes);
  for (const table of large) {
    const least = shares.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    least.tables.push(table);
    least.bytes += table.bytes;
  }
  return shares
    .filter((share) => share === first || share.tables.length > 0)
    .map((share) => share.tables);
}
