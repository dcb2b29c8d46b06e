import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { errorCode } from '../errors.ts';
import { type PostgresTools, toolPath } from './find-tools.ts';
import { runTool } from './run-tool.ts';

/** Gives what `pg_restore` would run after the rows of a custom-format dump: indexes, constraints, triggers and so on. */
export async function readPostData(
  tools: PostgresTools,
  dump: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const args = [
    '--format=custom',
    '--section=post-data',
    '--no-owner',
    '--no-acl',
    '--no-subscriptions',
    '--no-tablespaces',
    '--file=-',
  ];
  let script = '';
  await runTool(
    toolPath(tools.binDir, 'pg_restore'),
    args,
    { connectionString: undefined, signal },
    async (tool) => {
      [script] = await Promise.all([
        text(tool.stdout),
        pipeline(dump, tool.stdin).catch((error: unknown) => {
          if (errorCode(error) !== 'EPIPE') throw error;
        }),
      ]);
    },
  );
  return withoutRestriction(script);
}

/** Newer tools put two commands of `psql` around a script. Only the header may begin them: a comment may hold the same words. */
function withoutRestriction(script: string): string {
  const header = script.slice(0, Math.max(0, script.indexOf('\n-- Name: ')) || script.length);
  const [begin, token] = /^\\restrict ([A-Za-z0-9]+)\n/m.exec(header) ?? [];
  if (begin === undefined) return script;
  const end = script.lastIndexOf(`\\unrestrict ${token}\n`);
  return script.slice(0, end).replace(begin, '');
}
