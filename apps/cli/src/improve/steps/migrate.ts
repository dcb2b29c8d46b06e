import { createBackupGate } from '@tothub/db-backup';
import {
  type BackupGate,
  createMigrator,
  type MigrationStatus,
  type Migrator,
} from '@tothub/db-migrate';
import { isManaged } from '../../project/assess-database.ts';
import { describeMigrationEvent, isWorthKeeping } from '../../terminal/migration-event.ts';
import type { StepOutput } from '../../terminal/output.ts';
import type { ImproveContext, Step } from '../step.ts';

/** The runner for the database of `context`; destructive steps ask for its backup unless another gate is given. */
export function migratorOf(
  { url, project, backupDirectory, backupKeys, signal }: ImproveContext,
  { output, backupGate }: { output?: StepOutput; backupGate?: BackupGate } = {},
): Migrator {
  return createMigrator({
    connectionString: url,
    directory: project.directory,
    backupGate:
      backupGate ??
      createBackupGate({
        ...backupKeys,
        directory: backupDirectory,
        connectionString: url,
      }),
    signal,
    ...(output && {
      onEvent: (event) => {
        const text = describeMigrationEvent(event);
        if (text === null) return;
        if (isWorthKeeping(event)) output.note(text);
        else output.progress(text);
      },
    }),
  });
}

export interface MigrateEvidence {
  /** The last migration that the legacy schema stands for, when it was baselined in this run. */
  readonly baselined: string | null;
  readonly applied: readonly { readonly version: string; readonly name: string }[];
}

/** What this run did, also before it was stopped: the ledger knows when. */
function evidenceSince(status: readonly MigrationStatus[], since: Date): MigrateEvidence {
  const done = status.filter(({ ledger }) => ledger !== null && ledger.startedAt >= since);
  return {
    baselined: done.findLast(({ state }) => state === 'baselined')?.version ?? null,
    applied: done
      .filter(({ state }) => state === 'applied')
      .map(({ version, name }) => ({ version, name })),
  };
}

/** Baselines the legacy schema, which must be there as the project knows it; then every pending migration runs. */
export async function applyMigrations(
  migrator: Migrator,
  { url, project }: Pick<ImproveContext, 'url' | 'project'>,
): Promise<void> {
  if (!(await isManaged(url)))
    await migrator.baseline({
      through: project.baseline.through,
      expected: project.baselineCatalog,
    });
  await migrator.up();
}

/** Every pending migration, online. */
export const migrate: Step = {
  name: 'migrations',
  changesSchema: true,
  async pending(context) {
    const managed = await isManaged(context.url);
    const status = await migratorOf(context).status();
    const pending = status.filter((entry) => entry.state === 'pending' || entry.state === 'failed');
    const through = context.project.baseline.through;
    const count = managed ? pending.length : pending.filter((m) => m.version > through).length;
    if (count === 0) return null;
    return managed ? `apply ${count} migrations` : `baseline, then apply ${count} migrations`;
  },
  async run(context, output) {
    const migrator = migratorOf(context, { output });
    await applyMigrations(migrator, context);
    const { startedAt } = await context.journal.begin();
    const evidence = evidenceSince(await migrator.status(), new Date(startedAt));
    const count = evidence.applied.length;
    return {
      status: 'passed',
      summary: count === 0 ? 'all applied' : `${count} applied`,
      evidence,
    };
  },
};
