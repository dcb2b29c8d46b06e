import { isConnectionLoss } from '../connection/explain-connection.ts';
import {
  causeWithoutValues,
  messageWithoutValues,
  sqlstateOf,
} from '../connection/server-error.ts';
import { resetSession } from '../connection/session-settings.ts';
import {
  MigrateError,
  MigrationAbortedError,
  MigrationConnectionLostError,
  MigrationFailedError,
  RunnerLockLostError,
} from '../errors.ts';
import type { Run } from '../lock/with-runner.ts';
import type { Job } from './job.ts';
import { runStepwise } from './run-stepwise.ts';
import { runInTransaction } from './run-transaction.ts';
import { StatementError } from './statement-error.ts';

/** What one finished migration took. */
export interface FinishedMigration {
  readonly version: string;
  readonly name: string;
  readonly durationMs: number;
}

/**
 * Runs one migration, up or down, and has the ledger say how it ended.
 *
 * @throws MigrationFailedError · IndexBuildError · MigrationAbortedError · RunnerLockLostError ·
 *   MigrationConnectionLostError
 */
export async function runMigration(run: Run, job: Job): Promise<FinishedMigration> {
  const { version, name, direction } = job;
  const began = performance.now();
  run.assertGoing();
  run.emit({
    type: 'migration-started',
    version,
    name,
    direction,
    statementCount: job.statements.length,
    resumedAt: job.progress.done > 0 ? job.progress.done + 1 : null,
  });
  try {
    await job.start(run.control.client);
    await (job.script.transactional ? runInTransaction(run, job) : runStepwise(run, job));
    // The next one starts from the same settings.
    if (job.statements.length > 0) await resetSession(run.worker);
  } catch (error) {
    const failure = explain(run, job, error);
    run.emit({ type: 'migration-failed', version, name, direction, message: failure.message });
    await record(run, job, failure, error);
    throw failure;
  }
  const durationMs = performance.now() - began;
  run.emit({ type: 'migration-finished', version, name, direction, durationMs });
  return { version, name, durationMs };
}

function explain(run: Run, job: Job, error: unknown): MigrateError {
  if (error instanceof MigrateError) return error;
  const source = error instanceof StatementError ? error.cause : error;
  const sqlstate = sqlstateOf(source);
  if (isConnectionLoss(source, [run.worker, run.control])) {
    return new MigrationConnectionLostError(causeWithoutValues(source));
  }
  const statement = error instanceof StatementError ? error.statement : null;
  const place = error instanceof StatementError ? error.place(job.script) : null;
  const { file } = job.script;
  const at = place ? `${file}:${place.line}:${place.column}` : file;
  const number = statement ? job.statements.indexOf(statement) + 1 : null;
  return new MigrationFailedError(
    `${at}: ${messageWithoutValues(source)} (SQLSTATE ${sqlstate ?? 'unknown'}). ${advice(job, sqlstate, number)}`,
    {
      version: job.version,
      place: {
        file,
        statement: number,
        line: place?.line ?? null,
        column: place?.column ?? null,
      },
      sqlstate,
      cause: causeWithoutValues(source),
      isRetryable: sqlstate === '55P03' || sqlstate === '40P01' || sqlstate === '40001',
    },
  );
}

function advice(job: Job, sqlstate: string | null, statement: number | null): string {
  if (sqlstate === '55P03' || sqlstate === '40P01') {
    return 'Others kept the locks for longer than the retry budget. Run again when they are done.';
  }
  if (sqlstate === '25001' && job.script.transactional) {
    return 'Nothing of this file was kept. Put the statement into a file of its own that begins with "-- tothub: no-transaction".';
  }
  if (job.script.transactional) {
    return 'Nothing of this file was kept. Correct it and run again.';
  }
  return `What stands before is done and recorded. Correct the cause and run again; it resumes at statement ${statement ?? job.progress.done + 1}.`;
}

async function record(run: Run, job: Job, failure: MigrateError, error: unknown): Promise<void> {
  // Whoever has the lock now, or the lost transaction itself, has the last word in the ledger.
  if (failure instanceof RunnerLockLostError || failure instanceof MigrationConnectionLostError) {
    return;
  }
  const failed = failure instanceof MigrationFailedError ? failure : null;
  await run.ledger
    .fail(run.control.client, run.lease.owner, job.version, {
      sqlstate: failed?.sqlstate ?? (failure instanceof MigrationAbortedError ? '57014' : null),
      message: failed
        ? messageWithoutValues(error instanceof StatementError ? error.cause : error)
        : failure.message,
      statement: failed?.place.statement ?? null,
    })
    // Without this record the ledger says "running" and no runner lives: the next run reads that the same way.
    .catch(() => {});
}
