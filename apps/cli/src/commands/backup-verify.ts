import {
  connectionWarnings,
  resolveBackupAddress,
  VERIFICATION_LEVELS,
  type VerificationLevel,
  verifyBackup,
} from '@tothub/db-backup';
import { Option } from 'commander';
import { action, type CommonOptions, databaseCommand } from '../command.ts';
import { exitCode } from '../exit.ts';
import {
  type BackupKeyOptions,
  openBackupKeys,
  withBackupKeyOptions,
} from '../project/backup-keys.ts';
import { backupProgress } from '../terminal/backup-progress.ts';

interface VerifyOptions extends CommonOptions, BackupKeyOptions {
  readonly level: VerificationLevel;
  readonly binDir?: string;
  readonly embedded?: boolean;
  readonly serverBinDir?: string;
}

/** `backup verify`. */
export const backupVerifyCommand = withBackupKeyOptions(
  databaseCommand('verify', 'prove a backup: restore it beside the database and compare'),
)
  .argument('<path>', 'folder of the backup, or its address in S3, as list prints it')
  .addOption(
    new Option(
      '--level <level>',
      'how much: sealed (files and signature), readable (all of it read), restored, identical (and compared)',
    )
      .choices(VERIFICATION_LEVELS)
      .default('identical'),
  )
  .option('--embedded', 'restore on a server that is started for this and thrown away')
  .option('--server-bin-dir <dir>', 'folder of initdb and postgres, for --embedded')
  .option('--bin-dir <dir>', 'folder of pg_restore')
  .action(
    action<[string], VerifyOptions>(async ({ output, signal, url }, options, path) => {
      const keys = await openBackupKeys(options);
      if (needsServer(options))
        for (const warning of connectionWarnings(url())) output.say(warning);
      const line = output.step('verify');
      const result = await verifyBackup(resolveBackupAddress(path), {
        ...keys,
        level: options.level,
        ...(options.embedded && { server: 'embedded' as const }),
        ...(options.serverBinDir && { serverBinDir: options.serverBinDir }),
        ...(needsServer(options) && { connectionString: url() }),
        ...(options.binDir && { binDir: options.binDir }),
        signal,
        onProgress: (event) => line.progress(backupProgress(event)),
      });
      line.end(result.ok ? 'done' : 'failed', `${path}, ${result.level}`);
      output.result(result, () =>
        result.checks
          .map(({ name, status, detail }) => `${status.padEnd(8)}${name}: ${detail}`)
          .join('\n'),
      );
      return result.ok ? exitCode.done : exitCode.refused;
    }),
  );

function needsServer({ level, embedded }: VerifyOptions): boolean {
  if (embedded) return false;
  return level === 'restored' || level === 'identical';
}
