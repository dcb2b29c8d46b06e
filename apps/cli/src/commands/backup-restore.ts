import { resolve } from 'node:path';
import { restoreBackup } from '@tothub/db-backup';
import { Command } from 'commander';
import { action, type CommonOptions } from '../command.ts';
import { describeUrl } from '../database/connection-url.ts';
import { exitCode } from '../exit.ts';
import {
  type BackupKeyOptions,
  openBackupKeys,
  withBackupKeyOptions,
} from '../project/backup-keys.ts';

/** `backup restore`. */
export const backupRestoreCommand = withBackupKeyOptions(new Command('restore'))
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
