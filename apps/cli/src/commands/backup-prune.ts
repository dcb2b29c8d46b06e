import { pruneBackups, type RetentionPolicy } from '@tothub/db-backup';
import { Command } from 'commander';
import { action, backupDirectory, type CommonOptions } from '../command.ts';
import { exitCode, usageError } from '../exit.ts';
import {
  type BackupKeyOptions,
  openBackupKeys,
  withBackupKeyOptions,
} from '../project/backup-keys.ts';
import { confirm } from '../terminal/confirm.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface PruneOptions extends CommonOptions, BackupKeyOptions, RetentionPolicy {
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `backup prune`. */
export const backupPruneCommand = withBackupKeyOptions(new Command('prune'))
  .description('remove what no rule keeps; never the last verified backup of a database')
  .option('--keep-last <n>', 'the newest', wholeNumber)
  .option('--keep-daily <n>', 'the newest of each of so many days', wholeNumber)
  .option('--keep-weekly <n>', 'the newest of each of so many weeks', wholeNumber)
  .option('--keep-monthly <n>', 'the newest of each of so many months', wholeNumber)
  .option('--keep-yearly <n>', 'the newest of each of so many years', wholeNumber)
  .option(
    '--out <dir>',
    'folder or s3://bucket/prefix of the backups (or DB_BACKUP_PATH; default: backups)',
  )
  .option('--dry-run', 'say what would be removed and remove nothing')
  .option('--yes', 'do not ask')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[], PruneOptions>(async ({ output, signal }, options) => {
      const { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly } = options;
      const policy = { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly };
      if (Object.values(policy).every((count) => count === undefined || count === 0))
        throw usageError('No rule was given.', 'Pass --keep-last, --keep-daily or the like.');
      const directory = backupDirectory(options.out);
      const { trustedKeys } = await openBackupKeys(options);
      const how = { ...policy, signal, ...(trustedKeys && { trustedKeys }) };
      let result = await pruneBackups(directory, { ...how, dryRun: true });
      if (!options.dryRun && result.removed.length > 0) {
        await confirm(`Remove ${result.removed.length} backups from ${directory}?`, options);
        result = await pruneBackups(directory, how);
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
