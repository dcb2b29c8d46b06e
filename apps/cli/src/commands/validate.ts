import { join, resolve } from 'node:path';
import { action, backupDirectory, type CommonOptions, projectCommand } from '../command.ts';
import { describeDatabase } from '../database/identity.ts';
import { exitCode } from '../exit.ts';
import { Journal } from '../improve/journal.ts';
import type { BackupEvidence } from '../improve/steps/take-backup.ts';
import { assertMigrated } from '../project/assess-database.ts';
import {
  type BackupKeyOptions,
  openBackupKeys,
  withBackupKeyOptions,
} from '../project/backup-keys.ts';
import { openKeyRing } from '../project/keys.ts';
import { loadProject } from '../project/load-project.ts';
import { runChecks } from '../validate/run-checks.ts';

interface ValidateOptions extends CommonOptions, BackupKeyOptions {
  readonly out: string;
  readonly doc?: string;
  readonly backups?: string;
  readonly keys?: string;
  readonly concurrentWrites?: boolean;
}

export const validateCommand = withBackupKeyOptions(
  projectCommand('validate', 'go through the checklist; change nothing'),
)
  .option('--out <dir>', 'folder of the improvement', 'tothub-improve')
  .option('--doc <file>', 'documentation that must match (default: db_schema.md in --out)')
  .option(
    '--backups <dir>',
    'folder or s3://bucket/prefix of the backups (or DB_BACKUP_PATH; default: backups)',
  )
  .option('--keys <file>', 'key file (or TOTHUB_KEYS_FILE), to look for plaintext')
  .option('--concurrent-writes', 'the application has written since: count values that differ')
  .action(
    action<[], ValidateOptions>(async ({ output, signal, url }, options) => {
      const directory = resolve(options.out);
      const project = await loadProject(options.config);
      await assertMigrated(url());
      const journal = await Journal.open(directory, await describeDatabase(url()));
      const backup = journal.evidence<BackupEvidence>('backup')?.path;
      const result = await runChecks(
        {
          url: url(),
          project,
          document: resolve(options.doc ?? join(directory, 'db_schema.md')),
          backupDirectory: backupDirectory(options.backups),
          backupKeys: await openBackupKeys(options),
          keyRing: await openKeyRing(options.keys, false),
          compareWith:
            backup === undefined
              ? { skipped: `no improvement of this database is recorded in ${options.out}` }
              : { backup },
          concurrentWrites: options.concurrentWrites === true,
          signal,
        },
        output,
      );
      output.result(result, () =>
        result.ok ? 'All checks that could be made passed.' : 'A check failed.',
      );
      return result.ok ? exitCode.done : exitCode.refused;
    }),
  );
