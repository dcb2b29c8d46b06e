import { createBackupGate } from '@tothub/db-backup';
import { createMigrator, type Migrator, newMigration } from '@tothub/db-migrate';
import { Command } from 'commander';
import { action, backupDirectory, type CommonOptions, projectCommand } from '../command.ts';
import { exitCode } from '../exit.ts';
import { assertOurs, assessDatabase, describeDeviation } from '../project/assess-database.ts';
import {
  type BackupKeyOptions,
  openBackupKeys,
  withBackupKeyOptions,
} from '../project/backup-keys.ts';
import { loadProject, type Project } from '../project/load-project.ts';
import { confirm } from '../terminal/confirm.ts';
import { describeMigrationEvent } from '../terminal/migration-event.ts';
import type { Output } from '../terminal/output.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface MigrateOptions extends CommonOptions, BackupKeyOptions {
  readonly to?: string;
  readonly steps?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly backups?: string;
}

async function migratorFor(
  url: string,
  project: Project,
  options: MigrateOptions,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<Migrator> {
  const directory = backupDirectory(options.backups);
  const backupKeys = await openBackupKeys(options);
  return createMigrator({
    connectionString: url,
    directory: project.directory,
    backupGate: createBackupGate({ ...backupKeys, directory, connectionString: url }),
    signal,
    onEvent: (event) => {
      const text = describeMigrationEvent(event);
      if (text !== null) output.say(`  ${text}`);
    },
  });
}

const status = projectCommand('status', 'every migration and its state').action(
  action<[], MigrateOptions>(async (invocation, options) => {
    const migrator = await migratorFor(
      invocation.url(),
      await loadProject(options.config),
      options,
      invocation,
    );
    const migrations = await migrator.status();
    invocation.output.result({ migrations }, () =>
      migrations
        .map(({ version, name, state }) => `${state.padEnd(10)}${version} ${name}`)
        .join('\n'),
    );
    return exitCode.done;
  }),
);

const up = withBackupKeyOptions(projectCommand('up', 'apply the pending migrations'))
  .option('--to <version>', 'the last one to apply')
  .option(
    '--backups <dir>',
    'where destructive steps find their backup, also s3://… (or DB_BACKUP_PATH)',
  )
  .option('--dry-run', 'say what would run and run nothing')
  .action(
    action<[], MigrateOptions>(async (invocation, options) => {
      const url = invocation.url();
      const project = await loadProject(options.config);
      const migrator = await migratorFor(url, project, options, invocation);
      const dryRun = options.dryRun === true;
      const assessment = await assessDatabase(url, project);
      if (assessment.state !== 'empty') assertOurs(assessment, project);
      const baselined = assessment.state === 'legacy';
      if (baselined && !dryRun)
        await migrator.baseline({
          through: project.baseline.through,
          expected: project.baselineCatalog,
        });
      const result = await migrator.up({ dryRun, ...(options.to && { to: options.to }) });
      const run = (dryRun ? result.plan : result.applied).filter(
        ({ version }) => !(dryRun && baselined && version <= project.baseline.through),
      );
      invocation.output.result(
        { ...result, baselined },
        () =>
          [
            ...(baselined
              ? [`${dryRun ? 'would note' : 'noted'} ${project.baseline.through} as there already`]
              : []),
            ...run.map(
              ({ version, name }) => `${dryRun ? 'would apply' : 'applied'} ${version} ${name}`,
            ),
          ].join('\n') || 'Nothing to apply.',
      );
      return exitCode.done;
    }),
  );

const down = withBackupKeyOptions(projectCommand('down', 'undo the last migration, or more'))
  .option('--to <version>', 'the last one that stays applied')
  .option('--steps <n>', 'how many to undo (default: 1)', wholeNumber)
  .option(
    '--backups <dir>',
    'where destructive steps find their backup, also s3://… (or DB_BACKUP_PATH)',
  )
  .option('--dry-run', 'say what would be undone and undo nothing')
  .option('--yes', 'do not ask')
  .action(
    action<[], MigrateOptions>(async (invocation, options) => {
      const project = await loadProject(options.config);
      const migrator = await migratorFor(invocation.url(), project, options, invocation);
      const reach = options.to ? { to: options.to } : { steps: options.steps ?? 1 };
      const { plan } = await migrator.down({ ...reach, dryRun: true });
      const names = plan.map(({ version, name }) => `${version} ${name}`);
      if (!options.dryRun && plan.length > 0) {
        await confirm(`Undo ${names.join(', ')}?`, options);
        await migrator.down(reach);
      }
      invocation.output.result({ reverted: plan, dryRun: options.dryRun === true }, () =>
        names.length === 0
          ? 'Nothing to undo.'
          : names.map((name) => `${options.dryRun ? 'would undo' : 'undone'} ${name}`).join('\n'),
      );
      return exitCode.done;
    }),
  );

const baseline = projectCommand(
  'baseline',
  'recognise the legacy schema and note it as applied',
).action(
  action<[], MigrateOptions>(async (invocation, options) => {
    const url = invocation.url();
    const project = await loadProject(options.config);
    assertOurs(await assessDatabase(url, project), project);
    const { recorded, additions } = await (
      await migratorFor(url, project, options, invocation)
    ).baseline({
      through: project.baseline.through,
      expected: project.baselineCatalog,
    });
    invocation.output.result({ recorded, additions }, () =>
      [
        `Baselined through ${project.baseline.through}.`,
        ...additions.map(
          (difference) => `  beside the legacy schema, ${describeDeviation(difference)}`,
        ),
      ].join('\n'),
    );
    return exitCode.done;
  }),
);

const create = new Command('new')
  .description('make the two files of a new migration')
  .argument('<name>', 'what it does, in a few words')
  .option('--config <file>', 'configuration (default: the nearest migrations/tothub.config.ts)')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[string], MigrateOptions>(async ({ output }, options, name) => {
      const { directory } = await loadProject(options.config);
      const files = await newMigration(directory, name);
      output.result({ files }, () => files.join('\n'));
      return exitCode.done;
    }),
  );

const verify = projectCommand('verify', 'compare the ledger with the files').action(
  action<[], MigrateOptions>(async (invocation, options) => {
    const project = await loadProject(options.config);
    const result = await (
      await migratorFor(invocation.url(), project, options, invocation)
    ).verify();
    invocation.output.result(result, () =>
      result.ok
        ? 'The ledger and the files agree.'
        : result.problems.map(({ message }) => message).join('\n'),
    );
    return result.ok ? exitCode.done : exitCode.refused;
  }),
);

export const migrateCommand = new Command('migrate')
  .description('plain SQL migrations with a chained ledger')
  .addCommand(status)
  .addCommand(up)
  .addCommand(down)
  .addCommand(baseline)
  .addCommand(verify)
  .addCommand(create);
