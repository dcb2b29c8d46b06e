import type { DumpPart } from '../jobs/dump-part.ts';
import { exactly } from '../selection/exact-pattern.ts';
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
    readonly part: DumpPart;
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
    ...argumentsFor(options.part),
  ];
  await runTool(toolPath(tools.binDir, 'pg_dump'), args, options, async (tool) => {
    tool.stdin.end();
    for await (const chunk of tool.stdout) {
      await file.write(chunk as Buffer);
      options.onBytes?.(file.bytes);
    }
  });
}

/** Which part of the database: all of it where nothing is said. */
function argumentsFor({ selection, definitions, tables, otherTables, rest }: DumpPart): string[] {
  const leavesOf = (list: typeof tables) => list.flatMap((table) => table.leaves);
  const common = [
    ...selection.leftOut.map((relation) => `--exclude-table=${exactly(relation)}`),
    ...(selection.largeObjects ? [] : ['--no-blobs']),
  ];
  if (!rest && definitions) return ['--section=pre-data', '--section=post-data', ...common];
  if (!rest) {
    return ['--section=data', ...leavesOf(tables).map((leaf) => `--table=${exactly(leaf)}`)];
  }
  return [
    // With its own word for rows alone, `pg_dump` puts them in the order of their foreign keys.
    ...(definitions ? [] : [selection.definitions ? '--section=data' : '--data-only']),
    ...common,
    ...leavesOf(otherTables).map((leaf) => `--exclude-table-data=${exactly(leaf)}`),
  ];
}
