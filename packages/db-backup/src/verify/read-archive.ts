import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { counting } from '../counting.ts';
import { EngineUnavailableError, errorCode } from '../errors.ts';
import { findTools, toolPath } from '../native/find-tools.ts';
import { runTool } from '../native/run-tool.ts';
import { dumpBytes } from '../restore/load-dump.ts';
import type { OpenedBackup } from '../storage/open-backup.ts';
import { readParts } from '../wasm/container.ts';

interface ReadOptions {
  readonly binDir?: string | undefined;
  readonly onBytes?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every file of a dump to its end with the reader that a restore uses: `pg_restore` writing to nowhere, or the
 * reader of our own container. `pg_restore --list` would prove nothing: it stops after the table of contents.
 *
 * @throws EngineUnavailableError when a native dump needs a `pg_restore` that is not here
 * @throws ToolFailedError, BackupDamagedError where it cannot be read
 */
export async function readArchive(backup: OpenedBackup, options: ReadOptions): Promise<void> {
  const { manifest, dump, dataFiles } = backup;
  const totalBytes = dumpBytes(backup);
  let doneBytes = 0;
  for (const file of [dump, ...dataFiles]) {
    const before = doneBytes;
    const bytes = counting(file.read(), (count) => {
      options.signal?.throwIfAborted();
      doneBytes = before + count;
      options.onBytes?.(doneBytes, totalBytes);
    });
    if (manifest.engine.name === 'native') {
      await readNatively(bytes, manifest.engine.version, options);
    } else {
      for await (const { contents } of readParts(bytes)) await drain(contents);
    }
  }
}

/** Every version of `pg_restore` that is not older reads an archive, whatever server it would be restored into. */
async function readNatively(
  dump: AsyncIterable<Buffer>,
  version: string,
  { binDir, signal }: ReadOptions,
): Promise<void> {
  const major = Number.parseInt(version, 10);
  const tools = (await findTools(binDir)).find((found) => found.major >= major);
  if (!tools) {
    throw new EngineUnavailableError(
      `This backup was made by pg_dump ${version}, and no pg_restore of version ${major} or later is here. Install the PostgreSQL ${major} client tools, or name their folder (binDir).`,
    );
  }
  const nowhere = process.platform === 'win32' ? 'NUL' : '/dev/null';
  const args = ['--format=custom', `--file=${nowhere}`];
  await runTool(
    toolPath(tools.binDir, 'pg_restore'),
    args,
    { connectionString: undefined, signal },
    async (tool) => {
      tool.stdout.resume();
      await pipeline(dump, tool.stdin).catch((error: unknown) => {
        // It stopped reading: its exit code and its words say whether that was a failure.
        if (errorCode(error) !== 'EPIPE') throw error;
      });
    },
  );
}

async function drain(contents: Readable): Promise<void> {
  for await (const _ of contents);
}
