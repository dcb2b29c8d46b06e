import { askBackupGate } from './ask-backup-gate.ts';
import { assertDirectHost } from './connection/direct-connection.ts';
import { MigrationIntegrityError } from './errors.ts';
import { chainChecksum } from './files/checksum.ts';
import { type Migration, readMigrations } from './files/read-migrations.ts';
import { isInPlace, type LedgerRow } from './ledger/ledger.ts';
import { withRunner } from './lock/with-runner.ts';
import type { ResolvedOptions } from './options.ts';
import { describeJob, type PlannedMigration, type PreparedJob, prepareJob } from './prepare-job.ts';
import { readLedger } from './read-ledger.ts';
import { findVersion, type Reconciliation, reconcile } from './reconcile.ts';
import { type FinishedMigration, runMigration } from './run/run-migration.ts';

export interface UpOptions {
  /** Last version to apply, for example `0007`. @default the newest */
  readonly to?: string;
  /** Says what would be done and writes nothing, not even the ledger. @default false */
  readonly dryRun?: boolean;
}

export interface UpResult {
  readonly applied: readonly FinishedMigration[];
  readonly plan: readonly PlannedMigration[];
}

/** Applies what is pending, in order. See {@link Migrator.up}. */
export async function up(options: ResolvedOptions, { to, dryRun }: UpOptions): Promise<UpResult> {
  const migrations = await readMigrations(options.directory);
  const last =
    to === undefined
      ? undefined
      : findVersion(
          to,
          migrations.map((m) => m.version),
          options.directory,
        );
  if (dryRun) {
    assertDirectHost(options.connectionString);
    const { jobs } = await readLedger(options, (rows) => planUp(migrations, rows, last));
    return { applied: [], plan: jobs.map(describeJob) };
  }
  const prepare = async (rows: readonly LedgerRow[]) => {
    const plan = await planUp(migrations, rows, last);
    const isSettling = rows.some((row) => row.direction === 'down' && isInPlace(row));
    return { ...plan, isSettling, receipts: await askBackupGate(options.backupGate, plan.jobs) };
  };
  return withRunner(
    options,
    prepare,
    async (run, { jobs, forgettable, isSettling, chain: before, receipts }) => {
      const { ledger, control, lease } = run;
      await ledger.forget(control.client, lease.owner, forgettable);
      if (isSettling) await ledger.reinstate(control.client, lease.owner);
      const applied: FinishedMigration[] = [];
      let chain = before;
      for (const job of jobs) {
        const { version, name, script } = job;
        const next = chainChecksum(chain, version, script.sql);
        const finished = await runMigration(run, {
          ...job,
          start: (client) =>
            ledger.startUp(client, lease.owner, {
              version,
              name,
              checksum: script.checksum,
              actor: options.actor,
              toolVersion: options.toolVersion,
              backupReceipt: receipts.get(version) ?? null,
              statementsChecksum: job.startChecksum,
            }),
          finish: (client, durationMs) =>
            ledger.finishUp(client, lease.owner, version, next, durationMs),
        });
        applied.push(finished);
        chain = next;
      }
      return { applied, plan: jobs.map(describeJob) };
    },
  );
}

async function planUp(
  migrations: readonly Migration[],
  rows: readonly LedgerRow[],
  last: string | undefined,
): Promise<Pick<Reconciliation, 'forgettable' | 'chain'> & { jobs: PreparedJob[] }> {
  const { problems, pending, forgettable, chain } = reconcile(migrations, rows);
  if (problems.length > 0) throw new MigrationIntegrityError(problems);
  const byVersion = new Map(rows.map((row) => [row.version, row]));
  const jobs: PreparedJob[] = [];
  for (const migration of pending) {
    if (last !== undefined && migration.version > last) break;
    jobs.push(await prepareJob(migration, migration.up, 'up', byVersion.get(migration.version)));
  }
  return { jobs, forgettable, chain };
}
