import { createBackupGate } from '@tothub/db-backup';
import { createMigrator, type Migrator } from '@tothub/db-migrate';
import { assessDatabase } from '../../project/assess-database.ts';
import { describeMigrationEvent, isWorthKeeping } from '../../terminal/migration-event.ts';
import type { StepOutput } from '../../terminal/output.ts';
import type { ImproveContext, Step } from '../step.ts';

function migratorOf(context: ImproveContext, output?: StepOutput): Migrator {
  const { url, project, backupDirectory, signal } = context;
  return createMigrator({
    connectionString: url,
    directory: project.directory,
    backupGate: createBackupGate({ directory: backupDirectory, connectionString: url }),
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

/** The legacy schema is recognised and baselined; then every pending migration runs. */
export const migrate: Step = {
  name: 'migrations',
  changesSchema: true,
  async pending(context) {
    const { state } = await assessDatabase(context.url, context.project);
    const status = await migratorOf(context).status();
    const pending = status.filter((entry) => entry.state === 'pending' || entry.state === 'failed');
    const through = context.project.baseline.through;
    const count =
      state === 'legacy' ? pending.filter((m) => m.version > through).length : pending.length;
    if (count === 0) return null;
    return state === 'legacy'
      ? `baseline, then apply ${count} migrations`
      : `apply ${count} migrations`;
  },
  async run(context, output) {
    const { project } = context;
    const { state } = await assessDatabase(context.url, project);
    const migrator = migratorOf(context, output);
    const baselined = state === 'legacy' ? project.baseline.through : null;
    if (baselined !== null)
      await migrator.baseline({ through: baselined, expected: project.baselineCatalog });
    const { applied } = await migrator.up();
    return {
      status: 'passed',
      summary: applied.length === 0 ? 'all applied' : `${applied.length} applied`,
      evidence: {
        baselined,
        applied: applied.map(({ version, name }) => ({ version, name })),
      } satisfies MigrateEvidence,
    };
  },
};
