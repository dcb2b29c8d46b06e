import type { RelationName } from '@tothub/db-catalog';
import type { DumpPart } from '../jobs/dump-part.ts';
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
function argumentsFor({ definitions, tables, otherTables, rest }: DumpPart): string[] {
  const leavesOf = (list: typeof tables) => list.flatMap((table) => table.leaves);
  if (!rest && definitions) return ['--section=pre-data', '--section=post-data'];
  if (!rest) {
    return ['--section=data', ...leavesOf(tables).map((leaf) => `--table=${exactly(leaf)}`)];
  }
  return [
    ...(definitions ? [] : ['--section=data']),
    ...leavesOf(otherTables).map((leaf) => `--exclude-table-data=${exactly(leaf)}`),
  ];
}

/** A pattern of `psql` that fits one name only: within double quotes every character stands for itself. */
function exactly({ schema, name }: RelationName): string {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return `${quote(schema)}.${quote(name)}`;
}
