import type { Catalog } from '@tothub/db-catalog';
import { findRestoreTools } from '../native/restore-tools.ts';
import type { OnProgress } from '../progress.ts';
import type { OpenedBackup } from '../storage/open-backup.ts';
import { restoreDump } from './restore-dump.ts';

export interface LoadOptions {
  /** Address of an empty database. */
  readonly into: string;
  readonly serverMajor: number;
  readonly oneTransaction: boolean;
  /** Passes triggers and foreign keys over; for a backup of rows alone. @default false */
  readonly asReplica?: boolean;
  readonly binDir?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads the whole dump of a backup, definitions and rows, into an empty database; owners and privileges are not part
 * of it.
 *
 * @throws EngineUnavailableError before anything is written, when a native dump needs a `pg_restore` that is not here
 * @throws RestoreFailedError, ToolFailedError when the server refuses something on the way
 */
export async function loadDump(backup: OpenedBackup, options: LoadOptions): Promise<void> {
  const { engine } = backup.manifest;
  const progress = restoreProgress(backup, options.onProgress);
  const tools =
    engine.name === 'native'
      ? await findRestoreTools(engine.version, options.serverMajor, options.binDir)
      : undefined;
  await restoreDump(backup, {
    connectionString: options.into,
    oneTransaction: options.oneTransaction,
    asReplica: options.asReplica ?? false,
    serverMajor: options.serverMajor,
    tools,
    signal: options.signal,
    onBytes: progress.bytes,
    onTable: progress.table,
  });
}

/** Reports bytes as they are read, and tables as their rows begin. */
export function restoreProgress(
  backup: OpenedBackup,
  onProgress: OnProgress | undefined,
  totalTables = backup.manifest.tables.length,
): { bytes(done: number): void; table(name: string): void } {
  const totalBytes = dumpBytes(backup);
  let doneBytes = 0;
  let begun = 0;
  const report = (table?: string): void =>
    onProgress?.({
      phase: 'restore',
      ...(table !== undefined && { table }),
      doneBytes,
      totalBytes,
      // Rows of a partitioned table may come in several pieces.
      doneTables: Math.min(Math.max(0, begun - 1), totalTables),
      totalTables,
    });
  return {
    bytes(done) {
      doneBytes = Math.max(done, doneBytes);
      report();
    },
    table(name) {
      begun++;
      report(name);
    },
  };
}

/** Bytes of all files of a dump. */
export function dumpBytes({ dump, dataFiles }: OpenedBackup): number {
  return [dump, ...dataFiles].reduce((sum, file) => sum + file.bytes, 0);
}

/** True where everything can be restored in one transaction: in one session, and with room for its locks. */
export function fitsOneTransaction(
  { catalog, dataFiles, manifest }: OpenedBackup,
  lockCapacity: number,
): boolean {
  const inParts = dataFiles.length > 0 || (manifest.selection?.foreignKeysLeftOut.length ?? 0) > 0;
  return !inParts && locksNeeded(catalog) < lockCapacity / 2;
}

/** A restore locks each table, its TOAST table and their indexes, and each sequence and function. */
function locksNeeded(catalog: Catalog): number {
  return catalog.relations.reduce(
    (sum, relation) => sum + 4 + relation.indexes.length + relation.constraints.length,
    catalog.sequences.length + catalog.functions.length,
  );
}
