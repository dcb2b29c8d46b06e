import { MigrationFileError } from './errors.ts';
import type { Direction } from './events.ts';
import type { Migration, MigrationScript } from './files/read-migrations.ts';
import { scriptStatements } from './files/script-statements.ts';
import type { LedgerRow } from './ledger/ledger.ts';
import type { Job } from './run/job.ts';
import { stepsChecksum } from './run/run-stepwise.ts';

/** What a run will do, as `plan` in its result and in a dry run. */
export interface PlannedMigration {
  readonly version: string;
  readonly name: string;
  readonly direction: Direction;
  readonly file: string;
  readonly transactional: boolean;
  readonly destructive: readonly string[];
  readonly statementCount: number;
  /** Statement at which an interrupted one goes on, counted from 1; null when it starts from the top. */
  readonly resumedAt: number | null;
}

/** A job without its records, which only a run can make. */
export type PreparedJob = Omit<Job, 'start' | 'finish'>;

/**
 * Parses a script and finds out where an earlier attempt has left off.
 *
 * @throws MigrationFileError when it does not parse, or when statements that have run were edited since.
 */
export async function prepareJob(
  migration: Migration,
  script: MigrationScript,
  direction: Direction,
  row: LedgerRow | undefined,
): Promise<PreparedJob> {
  const statements = await scriptStatements(script);
  const begun = row?.direction === direction && !['applied', 'baselined'].includes(row.state);
  const progress = {
    done: begun ? row.statementsDone : 0,
    checksum: begun ? row.statementsChecksum : null,
    interrupted: begun && row.state === 'running' && row.error === null,
  };
  if (
    progress.done > 0 &&
    (script.transactional ||
      stepsChecksum(statements.slice(0, progress.done)) !== progress.checksum)
  ) {
    throw new MigrationFileError(
      script.file,
      `its first ${progress.done} statements have run, outside a transaction, and were edited since. Restore them, and change only what follows.`,
    );
  }
  const { version, name } = migration;
  const startChecksum = script.transactional ? null : stepsChecksum([]);
  return { version, name, direction, script, statements, progress, startChecksum };
}

/** The job in the words of a plan. */
export function describeJob(job: PreparedJob): PlannedMigration {
  const { version, name, direction, script, statements, progress } = job;
  return {
    version,
    name,
    direction,
    file: script.file,
    transactional: script.transactional,
    destructive: script.destructive,
    statementCount: statements.length,
    resumedAt: progress.done > 0 ? progress.done + 1 : null,
  };
}
