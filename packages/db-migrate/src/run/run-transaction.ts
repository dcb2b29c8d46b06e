import { sqlstateOf } from '../connection/server-error.ts';
import { RunnerLockLostError } from '../errors.ts';
import type { Run } from '../lock/with-runner.ts';
import { executeStatement } from './execute-statement.ts';
import type { Job } from './job.ts';
import { retryOnLock } from './retry-on-lock.ts';
import { StatementError } from './statement-error.ts';

/**
 * Runs a whole script and its record in the ledger in one transaction, so that there is either both or
 * neither, even when the answer to COMMIT is lost.
 */
export async function runInTransaction(run: Run, job: Job): Promise<void> {
  const { client } = run.worker;
  await retryOnLock(run, job, async () => {
    const began = performance.now();
    run.assertGoing();
    await client.query(
      `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = ${run.options.lockTimeoutMs}`,
    );
    try {
      for (const [index, statement] of job.statements.entries()) {
        const from = performance.now();
        await executeStatement(run, job, statement);
        run.emit({
          type: 'statement',
          version: job.version,
          statement: index + 1,
          line: statement.line,
          durationMs: performance.now() - from,
        });
      }
      // The script may have changed the role; the ledger belongs to the one that logged in.
      if (job.statements.length > 0) {
        await client.query('RESET SESSION AUTHORIZATION; RESET ROLE');
      }
      await job.finish(client, performance.now() - began);
      run.assertGoing();
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
    await commit(run);
  });
}

async function commit(run: Run): Promise<void> {
  try {
    const { command } = await run.worker.client.query('COMMIT');
    if (command !== 'COMMIT') throw new RunnerLockLostError('The transaction ended early.');
  } catch (error) {
    // Deferred constraints speak up here; the server has rolled back then.
    if (sqlstateOf(error) !== null) throw new StatementError(error, null, true, []);
    throw error;
  }
}
