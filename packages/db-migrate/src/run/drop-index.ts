import { qualifiedName, quoteIdent } from '@tothub/db-catalog';
import type { SqlStatement } from '@tothub/db-catalog/sql';
import type { DropStmt } from 'libpg-query';
import type { Run } from '../lock/with-runner.ts';
import { executeStatement } from './execute-statement.ts';
import type { Job } from './job.ts';
import { withoutLockTimeout } from './without-lock-timeout.ts';

/**
 * Drops an index concurrently. Where an earlier run died in this very statement and the index is gone, that run
 * has done it.
 */
export async function dropIndex(
  run: Run,
  job: Job,
  statement: SqlStatement,
  drop: DropStmt,
  repeated: boolean,
): Promise<void> {
  const name = indexName(drop);
  if (repeated && name !== null) {
    const { rows } = await run.worker.client.query<{ gone: boolean }>(
      'SELECT to_regclass($1) IS NULL AS gone',
      [name],
    );
    if (rows[0]?.gone) {
      run.emit({ type: 'index-unchanged', version: job.version, index: name });
      return;
    }
  }
  await withoutLockTimeout(run, () => executeStatement(run, job, statement, { waits: true }));
}

function indexName(drop: DropStmt): string | null {
  const object = drop.objects?.[0];
  const parts = object && 'List' in object ? (object.List.items ?? []) : [];
  const names = parts.map((p) => ('String' in p ? (p.String.sval ?? '') : ''));
  const [first, second] = names.slice(-2);
  if (first === undefined) return null;
  return second === undefined ? quoteIdent(first) : qualifiedName(first, second);
}
