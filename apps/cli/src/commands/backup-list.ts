import { resolve } from 'node:path';
import { listBackups } from '@tothub/db-backup';
import { Command } from 'commander';
import { action, backupDirectory, type CommonOptions } from '../command.ts';
import { exitCode } from '../exit.ts';
import {
  type BackupKeyOptions,
  openBackupKeys,
  withBackupKeyOptions,
} from '../project/backup-keys.ts';
import { formatAge, formatBytes } from '../terminal/format.ts';

interface ListOptions extends CommonOptions, BackupKeyOptions {
  readonly out?: string;
}

/** `backup list`. */
export const backupListCommand = withBackupKeyOptions(new Command('list'))
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
