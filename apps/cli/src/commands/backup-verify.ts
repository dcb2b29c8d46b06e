import { resolve } from 'node:path';
import { verifyBackup } from '@tothub/db-backup';
import { action, type CommonOptions, databaseCommand } from '../command.ts';
import { exitCode } from '../exit.ts';
import {
  type BackupKeyOptions,
  openBackupKeys,
  withBackupKeyOptions,
} from '../project/backup-keys.ts';

interface VerifyOptions extends CommonOptions, BackupKeyOptions {}

/** `backup verify`. */
export const backupVerifyCommand = withBackupKeyOptions(
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
