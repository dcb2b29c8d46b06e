import type { SqlStatement } from '@tothub/db-catalog/sql';
import type pg from 'pg';
import { sqlstateOf } from '../connection/server-error.ts';
import { withSession } from '../connection/session.ts';
import { MigrationAbortedError } from '../errors.ts';
import type { Run } from '../lock/with-runner.ts';
import { type BlockerWatch, watchBlockers } from './blockers.ts';
import type { Job } from './job.ts';
import { StatementError } from './statement-error.ts';

export interface ExecuteOptions {
  /** Text to send instead of the statement's own. */
  readonly sql?: string;
  /** True for a statement that waits for locks without a time-out: its waits are reported. */
  readonly waits?: boolean;
}

/**
 * Runs one statement of a migration on the worker. An abort cancels it on the server through another connection.
 *
 * @throws StatementError with those it waited for, MigrationAbortedError, RunnerLockLostError
 */
export async function executeStatement(
  run: Run,
  job: Job,
  statement: SqlStatement,
  options: ExecuteOptions = {},
): Promise<pg.QueryResult> {
  run.assertGoing();
  const { signal } = run.options;
  let cancelled: Promise<void> | undefined;
  const cancel = (): void => {
    cancelled = cancelWorker(run);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  let watch: BlockerWatch | undefined;
  try {
    watch = watchBlockers(run, job, options.waits ?? false);
    return await run.worker.client.query(options.sql ?? statement.text);
  } catch (error) {
    if (signal?.aborted && sqlstateOf(error) === '57014') {
      throw new MigrationAbortedError(signal.reason);
    }
    throw new StatementError(error, statement, options.sql === undefined, watch?.seen ?? []);
  } finally {
    watch?.stop();
    signal?.removeEventListener('abort', cancel);
    // The cancel must have arrived before anything else is sent, or it would hit that.
    await cancelled;
  }
}

async function cancelWorker(run: Run): Promise<void> {
  const cancel = async (session: Run['control']): Promise<void> => {
    await session.client.query('SELECT pg_cancel_backend($1)', [run.worker.backendPid]);
  };
  try {
    if (!run.control.isLost) await cancel(run.control);
    else await withSession(run.options.connectionString, 'tothub-db-migrate cancel', cancel);
  } catch {
    // The server is out of reach: the statement ends with its connection.
  }
}
