import { type BackupListing, listBackups } from '@tothub/db-backup';
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
  readonly check?: boolean;
}

const howChecked = {
  contents: '',
  unchanged: ' (unchanged since it was uploaded; not read)',
  sizes: ' (only sizes compared; --check reads it)',
} as const;

function describe({ path, state, checked, ageMs, bytes, problem }: BackupListing): string {
  const columns = `${state.padEnd(11)}${formatAge(ageMs).padStart(8)}${formatBytes(bytes).padStart(10)}`;
  return `${columns}  ${path}${checked ? howChecked[checked] : ''}${problem ? `: ${problem}` : ''}`;
}

/** `backup list`. */
export const backupListCommand = withBackupKeyOptions(new Command('list'))
  .description('the backups, newest first')
  .option(
    '--out <dir>',
    'folder or s3://bucket/prefix of the backups (or DB_BACKUP_PATH; default: backups)',
  )
  .option('--check', 'read every file, in S3 too, and compare its SHA-256')
  .option('--no-check', 'read no file, in a folder neither, and compare sizes only')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[], ListOptions>(async ({ output, signal }, options) => {
      const { trustedKeys } = await openBackupKeys(options);
      const backups = await listBackups(backupDirectory(options.out), {
        signal,
        ...(trustedKeys && { trustedKeys }),
        ...(options.check !== undefined && { check: options.check ? 'contents' : 'listing' }),
      });
      output.result({ backups }, () =>
        backups.length === 0 ? 'No backup.' : backups.map(describe).join('\n'),
      );
      return exitCode.done;
    }),
  );
