import { pipeline } from 'node:stream/promises';
import { parseConnectionString } from '../connection/connection-string.ts';
import { counting } from '../counting.ts';
import { type PostgresTools, toolPath } from './find-tools.ts';
import { runTool } from './run-tool.ts';

/**
 * Feeds a custom-format dump to `pg_restore`. Through a pipe and not by file name, so that it stops when
 * this process is killed.
 */
export async function restoreNatively(
  tools: PostgresTools,
  dump: AsyncIterable<Buffer>,
  options: {
    readonly connectionString: string;
    readonly oneTransaction: boolean;
    /** @default all of them */
    readonly section?: 'pre-data' | 'data' | 'post-data';
    /** Passes triggers and foreign keys over. @default false */
    readonly asReplica?: boolean;
    readonly signal?: AbortSignal | undefined;
    readonly onBytes?: (bytes: number) => void;
    /** Told the name of each table when its rows begin. */
    readonly onTable?: ((table: string) => void) | undefined;
  },
): Promise<void> {
  const { database } = parseConnectionString(options.connectionString);
  const args = [
    '--format=custom',
    '--verbose',
    '--no-owner',
    '--no-acl',
    '--no-subscriptions',
    '--no-tablespaces',
    '--no-password',
    ...(options.section ? [`--section=${options.section}`] : []),
    options.oneTransaction ? '--single-transaction' : '--exit-on-error',
    // In this form, so that a name such as "a=b" is not taken for a connection string.
    `--dbname=dbname='${database.replace(/[\\']/g, '\\$&')}'`,
  ];
  const settings = options.asReplica ? ['-c session_replication_role=replica'] : [];
  const onMessage = (line: string): void => {
    // A name with a line break ends with its first line.
    const table = /processing data for table "(.*?)"?$/.exec(line)?.[1];
    if (table !== undefined) options.onTable?.(table);
  };
  const environment = { ...options, settings, onMessage };
  await runTool(toolPath(tools.binDir, 'pg_restore'), args, environment, async (tool) => {
    tool.stdout.resume();
    const counted = counting(dump, (bytes) => options.onBytes?.(bytes));
    await pipeline(counted, tool.stdin).catch((error: NodeJS.ErrnoException) => {
      // It stopped reading: its exit code and its words say whether that was a failure.
      if (error.code !== 'EPIPE') throw error;
    });
  });
}
