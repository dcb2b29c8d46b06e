import { resolve } from 'node:path';
import { createBackup } from '@tothub/db-backup';
import { Option } from 'commander';
import { action, backupDirectory, type CommonOptions, databaseCommand } from '../command.ts';
import { exitCode } from '../exit.ts';
import {
  type BackupKeyOptions,
  describeProtection,
  openBackupKeys,
  withBackupKeyOptions,
  withRecipientOption,
} from '../project/backup-keys.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface CreateOptions extends CommonOptions, BackupKeyOptions {
  readonly out?: string;
  readonly hash?: 'full' | 'sample' | 'none';
  readonly jobs?: number;
  readonly engine?: 'auto' | 'native' | 'wasm';
  readonly binDir?: string;
}

/** `backup create`. */
export const backupCreateCommand = withBackupKeyOptions(
  withRecipientOption(
    databaseCommand('create', 'dump the database, with a manifest from the same snapshot'),
  ),
)
  .option('--out <dir>', 'folder of the backups (or DB_BACKUP_PATH; default: backups)')
  .option('--engine <engine>', 'auto, native or wasm', 'auto')
  .option('--bin-dir <dir>', 'folder of pg_dump')
  .addOption(
    new Option(
      '--hash <what>',
      'hash the contents of tables, a sample of them by key, or only count rows',
    )
      .choices(['full', 'sample', 'none'])
      .default('full'),
  )
  .option('--jobs <n>', 'sessions that dump side by side, each into a file of its own', wholeNumber)
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
        ...(options.jobs !== undefined && { jobs: options.jobs }),
        ...(options.hash && { contentHash: options.hash }),
        ...(options.engine && { engine: options.engine }),
        ...(options.binDir && { binDir: options.binDir }),
      });
      line.end('done', `${manifest.tables.length} tables, ${describeProtection(keys)}`);
      output.result({ path, manifest }, () => path);
      return exitCode.done;
    }),
  );
