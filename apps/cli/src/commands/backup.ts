import { resolve } from 'node:path';
import {
  createBackup,
  listBackups,
  pruneBackups,
  type RetentionPolicy,
  restoreBackup,
  verifyBackup,
} from '@tothub/db-backup';
import { Command, Option } from 'commander';
import { action, backupDirectory, type CommonOptions, databaseCommand } from '../command.ts';
import { describeUrl } from '../database/connection-url.ts';
import { exitCode, usageError } from '../exit.ts';
import {
  type BackupKeyOptions,
  describeProtection,
  openBackupKeys,
  withBackupKeyOptions,
  withRecipientOption,
} from '../project/backup-keys.ts';
import { confirm } from '../terminal/confirm.ts';
import { formatAge, formatBytes } from '../terminal/format.ts';
import { wholeNumber } from '../terminal/whole-number.ts';
import { backupKeysCommand } from './backup-keys.ts';

interface CreateOptions extends CommonOptions, BackupKeyOptions {
  readonly out?: string;
  readonly hash?: 'full' | 'none';
  readonly engine?: 'auto' | 'native' | 'wasm';
  readonly binDir?: string;
}

const create = withBackupKeyOptions(
  withRecipientOption(
    databaseCommand('create', 'dump the database, with a manifest from the same snapshot'),
  ),
)
  .option('--out <dir>', 'folder of the backups (or DB_BACKUP_PATH; default: backups)')
  .option('--engine <engine>', 'auto, native or wasm', 'auto')
  .option('--bin-dir <dir>', 'folder of pg_dump')
  .addOption(
    new Option('--hash <what>', 'hash the contents of tables, or only count rows')
      .choices(['full', 'none'])
      .default('full'),
  )
  .action(
    action<[], CreateOptions>(async ({ output, signal, url }, options) => {
      const keys = await openBackupKeys(options);
      const line = output.step('backup');
      const { path, manifest } = await createBackup({
        connectionString: url(),
        directory: resolve(backupDirectory(options.out)),
        signal,
        onProgress: (event) => line.progress(`${event.phase} ${event.table ?? ''}`),
        ...keys,
        ...(options.hash && { contentHash: options.hash }),
        ...(options.engine && { engine: options.engine }),
        ...(options.binDir && { binDir: options.binDir }),
      });
      line.end('done', `${manifest.tables.length} tables, ${describeProtection(keys)}`);
      output.result({ path, manifest }, () => path);
      return exitCode.done;
    }),
  );

interface VerifyOptions extends CommonOptions, BackupKeyOptions {}

const verify = withBackupKeyOptions(
  databaseCommand('verify', 'prove a backup: restore it beside the database and compare'),
)
  .argument('<path>', 'folder of the backup')
  .action(
    action<[string], VerifyOptions>(async ({ output, signal, url }, options, path) => {
      const keys = await openBackupKeys(options);
      const line = output.step('verify');
      const result = await verifyBackup(resolve(path), {
        ...keys,
        connectionString: url(),
        signal,
        onProgress: (event) => line.progress(`${event.phase} ${event.table ?? ''}`),
      });
      line.end(result.ok ? 'done' : 'failed', path);
      output.result(result, () =>
        result.checks
          .map(({ name, status, detail }) => `${status.padEnd(8)}${name}: ${detail}`)
          .join('\n'),
      );
      return result.ok ? exitCode.done : exitCode.refused;
    }),
  );

const restore = withBackupKeyOptions(new Command('restore'))
  .description('restore a backup into an empty database')
  .argument('<path>', 'folder of the backup')
  .requiredOption('--into <url>', 'URL of an empty database')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[string], CommonOptions & BackupKeyOptions & { into: string }>(
      async ({ output, signal }, options, path) => {
        const keys = await openBackupKeys(options);
        const line = output.step('restore');
        const result = await restoreBackup(resolve(path), {
          ...keys,
          into: options.into,
          signal,
          onProgress: (event) => line.progress(`${event.phase} ${event.table ?? ''}`),
        });
        const into = describeUrl(options.into);
        line.end('done', into);
        output.result({ path, into, ...result }, () => `${path} is restored into ${into}.`);
        return exitCode.done;
      },
    ),
  );

interface ListOptions extends CommonOptions, BackupKeyOptions {
  readonly out?: string;
}

const list = withBackupKeyOptions(new Command('list'))
  .description('the backups, newest first')
  .option('--out <dir>', 'folder of the backups (or DB_BACKUP_PATH; default: backups)')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[], ListOptions>(async ({ output }, options) => {
      const { trustedKeys } = await openBackupKeys(options);
      const backups = await listBackups(
        resolve(backupDirectory(options.out)),
        trustedKeys && { trustedKeys },
      );
      output.result({ backups }, () =>
        backups.length === 0
          ? 'No backup.'
          : backups
              .map(
                ({ path, state, ageMs, bytes, problem }) =>
                  `${state.padEnd(11)}${formatAge(ageMs).padStart(8)}${formatBytes(bytes).padStart(10)}  ${path}${problem ? `: ${problem}` : ''}`,
              )
              .join('\n'),
      );
      return exitCode.done;
    }),
  );

interface PruneOptions extends CommonOptions, RetentionPolicy {
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const prune = new Command('prune')
  .description('remove what no rule keeps; never the last verified backup of a database')
  .option('--keep-last <n>', 'the newest', wholeNumber)
  .option('--keep-daily <n>', 'the newest of each of so many days', wholeNumber)
  .option('--keep-weekly <n>', 'the newest of each of so many weeks', wholeNumber)
  .option('--keep-monthly <n>', 'the newest of each of so many months', wholeNumber)
  .option('--keep-yearly <n>', 'the newest of each of so many years', wholeNumber)
  .option('--out <dir>', 'folder of the backups (or DB_BACKUP_PATH; default: backups)')
  .option('--dry-run', 'say what would be removed and remove nothing')
  .option('--yes', 'do not ask')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[], PruneOptions>(async ({ output }, options) => {
      const { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly } = options;
      const policy = { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly };
      if (Object.values(policy).every((count) => count === undefined || count === 0))
        throw usageError('No rule was given.', 'Pass --keep-last, --keep-daily or the like.');
      const directory = resolve(backupDirectory(options.out));
      let result = await pruneBackups(directory, { ...policy, dryRun: true });
      if (!options.dryRun && result.removed.length > 0) {
        await confirm(`Remove ${result.removed.length} backups from ${directory}?`, options);
        result = await pruneBackups(directory, policy);
      }
      const verb = options.dryRun ? 'would remove' : 'removed';
      output.result(
        { ...result, dryRun: options.dryRun === true },
        () =>
          [
            ...result.removed.map((name) => `${verb.padEnd(13)}${name}`),
            ...result.kept.map(
              ({ name, reasons }) => `${'kept'.padEnd(13)}${name} (${reasons.join(', ')})`,
            ),
          ].join('\n') || 'No backup.',
      );
      return exitCode.done;
    }),
  );

export const backupCommand = new Command('backup')
  .description('dumps that are proven by restoring them')
  .addCommand(create)
  .addCommand(verify)
  .addCommand(restore)
  .addCommand(list)
  .addCommand(prune)
  .addCommand(backupKeysCommand);
