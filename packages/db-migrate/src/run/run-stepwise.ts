import type { Node, SqlStatement } from '@tothub/db-catalog/sql';
import { checksumOf } from '../files/checksum.ts';
import type { Run } from '../lock/with-runner.ts';
import { buildIndex } from './build-index.ts';
import { dropIndex } from './drop-index.ts';
import { executeStatement } from './execute-statement.ts';
import type { Job } from './job.ts';
import { retryOnLock } from './retry-on-lock.ts';
import { withoutLockTimeout } from './without-lock-timeout.ts';

/**
 * Runs a no-transaction script statement by statement, each committed on its own and recorded at once. A later
 * run goes on behind the last recorded one. A run that died between a statement and its record runs that
 * statement again, and says so: it must bear that. Concurrent index builds and drops do, see `buildIndex`.
 */
export async function runStepwise(run: Run, job: Job): Promise<void> {
  const { client } = run.worker;
  // Through the control connection: the script may have changed the worker's role.
  const ledgerClient = run.control.client;
  const began = performance.now();
  const { done, interrupted } = job.progress;
  await client.query(`SET lock_timeout = ${run.options.lockTimeoutMs}`);
  for (const [index, statement] of job.statements.entries()) {
    if (index < done) {
      // What an earlier statement SET went with its session.
      if ('VariableSetStmt' in statement.tree) await executeStatement(run, job, statement);
      continue;
    }
    const repeated = interrupted && index === done;
    const report = {
      version: job.version,
      statement: index + 1,
      line: statement.line,
    };
    if (repeated) run.emit({ type: 'statement-repeated', ...report });
    const from = performance.now();
    await retryOnLock(run, job, () => runStep(run, job, statement, repeated));
    await run.ledger.progress(
      ledgerClient,
      run.lease.owner,
      job.version,
      index + 1,
      stepsChecksum(job.statements.slice(0, index + 1)),
    );
    run.emit({ type: 'statement', ...report, durationMs: performance.now() - from });
  }
  run.assertGoing();
  await job.finish(ledgerClient, performance.now() - began);
}

/** Identifies the statements that have run, whatever stands between them. */
export function stepsChecksum(statements: readonly SqlStatement[]): string {
  return checksumOf(statements.map((s) => s.text).join('\n;\n'));
}

async function runStep(
  run: Run,
  job: Job,
  statement: SqlStatement,
  repeated: boolean,
): Promise<void> {
  const { tree } = statement;
  if ('IndexStmt' in tree && tree.IndexStmt.concurrent) {
    await buildIndex(run, job, statement, tree.IndexStmt);
  } else if ('DropStmt' in tree && tree.DropStmt.concurrent) {
    await dropIndex(run, job, statement, tree.DropStmt, repeated);
  } else if (isConcurrent(tree)) {
    await withoutLockTimeout(run, () => executeStatement(run, job, statement, { waits: true }));
  } else {
    await executeStatement(run, job, statement);
  }
}

/** REINDEX CONCURRENTLY and DETACH PARTITION CONCURRENTLY wait for others by design, in transactions of their own. */
function isConcurrent(tree: Node): boolean {
  if ('ReindexStmt' in tree) {
    return (tree.ReindexStmt.params ?? []).some(
      (p) => 'DefElem' in p && p.DefElem.defname === 'concurrently',
    );
  }
  if (!('AlterTableStmt' in tree)) return false;
  return (tree.AlterTableStmt.cmds ?? []).some((c) => {
    const def = 'AlterTableCmd' in c ? c.AlterTableCmd.def : undefined;
    return def !== undefined && 'PartitionCmd' in def && def.PartitionCmd.concurrent === true;
  });
}
