import { withConnection } from '../connection/connect.ts';
import { BackupError, messageOf, RestoreFailedError, withoutRowValues } from '../errors.ts';
import type { PostgresTools } from '../native/find-tools.ts';
import { readPostData } from '../native/read-script.ts';
import { restoreNatively } from '../native/restore.ts';
import { relationKey } from '../relation-key.ts';
import type { DumpFile, OpenedBackup } from '../storage/open-backup.ts';
import { restoreContainer } from '../wasm/restore.ts';
import { runScript } from './run-script.ts';

export interface RestoreDumpOptions {
  readonly connectionString: string;
  readonly oneTransaction: boolean;
  /** Passes triggers and foreign keys over; for a backup of rows alone. @default false */
  readonly asReplica?: boolean;
  readonly serverMajor: number;
  /** Undefined for a dump of the WebAssembly engine. */
  readonly tools: PostgresTools | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of all files together. */
  readonly onBytes?: (bytes: number) => void;
  /** Told the name of each table when its rows begin. */
  readonly onTable?: ((table: string) => void) | undefined;
}

/**
 * Restores the files of a dump into a database: the one file from its beginning to its end; or, where several
 * sessions took it, the definitions of tables, then all files of rows side by side, then indexes, constraints and the like.
 */
export async function restoreDump(
  { manifest, dump, dataFiles }: Pick<OpenedBackup, 'manifest' | 'dump' | 'dataFiles'>,
  options: RestoreDumpOptions,
): Promise<void> {
  const doneBytes = [dump, ...dataFiles].map(() => 0);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const common = (index: number) => ({
    ...options,
    signal,
    onBytes: (bytes: number) => {
      doneBytes[index] = Math.max(bytes, doneBytes[index] ?? 0);
      options.onBytes?.(doneBytes.reduce((a, b) => a + b));
    },
  });
  const rows = new Map(manifest.tables.map((table) => [relationKey(table), table.rows]));
  const rowsOf = (table: { schema: string; name: string }) => rows.get(relationKey(table)) ?? 0;

  /** The first failure ends the others, whose own says nothing; none still writes when it ends. */
  const restoreData = async (restore: (file: DumpFile, index: number) => Promise<void>) => {
    await Promise.allSettled(
      dataFiles.map((file, index) =>
        restore(file, index + 1).catch((error: unknown) => stop.abort(error)),
      ),
    );
    signal.throwIfAborted();
  };

  const { tools, connectionString, serverMajor } = options;
  const withoutForeignKeys = manifest.selection?.foreignKeysLeftOut ?? [];
  if (!tools) {
    return restoreContainer(dump.read(), {
      ...common(0),
      rowsOf,
      withoutForeignKeys,
      beforePostData: () =>
        restoreData((file, index) => restoreContainer(file.read(), { ...common(index), rowsOf })),
      // What other sessions are to fill must be there for them.
      oneTransaction: options.oneTransaction && dataFiles.length === 0,
    });
  }
  if (dataFiles.length === 0 && withoutForeignKeys.length === 0) {
    return restoreNatively(tools, dump.read(), common(0));
  }
  await restoreNatively(tools, dump.read(), { ...common(0), section: 'pre-data' });
  if (dataFiles.length === 0) {
    await restoreNatively(tools, dump.read(), { ...common(0), section: 'data' });
  }
  await restoreData((file, index) =>
    restoreNatively(tools, file.read(), { ...common(index), section: 'data' }),
  );
  if (withoutForeignKeys.length === 0) {
    return restoreNatively(tools, dump.read(), { ...common(0), section: 'post-data' });
  }
  const script = await readPostData(tools, dump.read(), signal);
  await withConnection(connectionString, signal, (client) =>
    runScript(client, script, { serverMajor, withoutForeignKeys }),
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof BackupError) throw error;
    throw new RestoreFailedError(
      `The restore failed in the definitions (post-data): ${messageOf(error)}. The backup itself is whole; mend the cause and restore into an empty database again.`,
      { cause: withoutRowValues(error) },
    );
  });
}
