import { askBackupGate } from './ask-backup-gate.ts';
import { assertDirectHost } from './connection/direct-connection.ts';
import { MigrationRefusedError } from './errors.ts';
import { type Migration, readMigrations } from './files/read-migrations.ts';
import { isFruitless, isInPlace, type LedgerRow } from './ledger/ledger.ts';
import { withRunner } from './lock/with-runner.ts';
import type { ResolvedOptions } from './options.ts';
import { describeJob, type PlannedMigration, type PreparedJob, prepareJob } from './prepare-job.ts';
import { readLedger } from './read-ledger.ts';
import { findVersion } from './reconcile.ts';
import { type FinishedMigration, runMigration } from './run/run-migration.ts';

export interface DownOptions {
  /** Newest version that stays applied; `0000` takes back everything. */
  readonly to?: string;
  /** How many migrations to take back; not together with `to`. @default 1 */
  readonly steps?: number;
  /** Says what would be done and writes nothing. @default false */
  readonly dryRun?: boolean;
}

export interface DownResult {
  readonly reverted: readonly FinishedMigration[];
  readonly plan: readonly PlannedMigration[];
}

/** Takes migrations back, newest first. See {@link Migrator.down}. */
export async function down(
  options: ResolvedOptions,
  { dryRun, ...extent }: DownOptions,
): Promise<DownResult> {
  const migrations = await readMigrations(options.directory);
  if (dryRun) {
    assertDirectHost(options.connectionString);
    const jobs = await readLedger(options, (rows) => planDown(migrations, rows, extent));
    return { reverted: [], plan: jobs.map(describeJob) };
  }
  const prepare = async (rows: readonly LedgerRow[]) => {
    const jobs = await planDown(migrations, rows, extent);
    await askBackupGate(options.backupGate, jobs);
    return jobs;
  };
  return withRunner(options, prepare, async (run, jobs) => {
    const { ledger, lease } = run;
    const reverted: FinishedMigration[] = [];
    for (const job of jobs) {
      const finished = await runMigration(run, {
        ...job,
        start: (client) => ledger.startDown(client, lease.owner, job.version, job.startChecksum),
        finish: (client) => ledger.finishDown(client, lease.owner, job.version),
      });
      reverted.push(finished);
    }
    return { reverted, plan: jobs.map(describeJob) };
  });
}

async function planDown(
  migrations: readonly Migration[],
  rows: readonly LedgerRow[],
  extent: Omit<DownOptions, 'dryRun'>,
): Promise<PreparedJob[]> {
  const begun = rows.find((r) => r.direction === 'up' && !isInPlace(r) && !isFruitless(r));
  if (begun) {
    throw new MigrationRefusedError(
      `${begun.version}_${begun.name} is half applied. Run up first; it resumes.`,
    );
  }
  const files = new Map(migrations.map((m) => [m.version, m]));
  const jobs: PreparedJob[] = [];
  for (const row of rowsToRevert(rows, extent)) {
    const title = `${row.version}_${row.name}`;
    if (row.state === 'baselined') {
      throw new MigrationRefusedError(
        `${title} was baselined: the database had it before the ledger. It cannot be taken back.`,
      );
    }
    const migration = files.get(row.version);
    if (!migration?.down) {
      throw new MigrationRefusedError(`${title} has no .down.sql file. Write or restore it first.`);
    }
    jobs.push(await prepareJob(migration, migration.down, 'down', row));
  }
  return jobs;
}

function rowsToRevert(
  rows: readonly LedgerRow[],
  { to, steps = 1 }: Omit<DownOptions, 'dryRun'>,
): LedgerRow[] {
  const newestFirst = rows.filter((r) => r.direction === 'down' || isInPlace(r)).reverse();
  if (to === undefined) {
    if (!Number.isInteger(steps) || steps < 1) {
      throw new RangeError(`steps is ${steps}. Give a whole number of at least 1.`);
    }
    return newestFirst.slice(0, steps);
  }
  const kept = findVersion(to, ['0000', ...newestFirst.map((r) => r.version)], 'the ledger');
  return newestFirst.filter((r) => r.version > kept);
}
