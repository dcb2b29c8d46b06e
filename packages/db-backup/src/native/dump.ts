import { FOLLOWER_LOCK_TIMEOUT_MS } from '../snapshot/hold-snapshot.ts';
import type { CheckedFile } from '../storage/checked-file.ts';
import { type PostgresTools, toolPath } from './find-tools.ts';
import { runTool } from './run-tool.ts';

/** From this version on `pg_dump` can compress with zstd. */
const FIRST_MAJOR_WITH_ZSTD = 16;

/** Streams `pg_dump`'s custom format, compressed by `pg_dump` itself, into the file. */
export async function dumpNatively(
  tools: PostgresTools,
  options: {
    readonly connectionString: string;
    readonly snapshotId: string;
    readonly signal?: AbortSignal | undefined;
    readonly onBytes?: (bytes: number) => void;
  },
  file: CheckedFile,
): Promise<void> {
  const args = [
    '--format=custom',
    tools.major >= FIRST_MAJOR_WITH_ZSTD ? '--compress=zstd:3' : '--compress=1',
    `--snapshot=${options.snapshotId}`,
    `--lock-wait-timeout=${FOLLOWER_LOCK_TIMEOUT_MS}`,
    '--no-subscriptions',
    '--no-password',
  ];
  await runTool(toolPath(tools.binDir, 'pg_dump'), args, options, async (tool) => {
    tool.stdin.end();
    for await (const chunk of tool.stdout) {
      await file.write(chunk as Buffer);
      options.onBytes?.(file.bytes);
    }
  });
}
