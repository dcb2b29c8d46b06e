import { resolve } from 'node:path';
import { action, backupDirectory, type CommonOptions, projectCommand } from '../command.ts';
import { exitCode } from '../exit.ts';
import { describeOutcome } from '../improve/describe-outcome.ts';
import { improve } from '../improve/improve.ts';
import {
  type BackupKeyOptions,
  openBackupKeysForProof,
  withBackupKeyOptions,
  withRecipientOption,
} from '../project/backup-keys.ts';
import { openKeyRing, readLegacyCipherKey } from '../project/keys.ts';
import { loadProject } from '../project/load-project.ts';

export interface ImproveOptions extends CommonOptions, BackupKeyOptions {
  readonly out: string;
  readonly backups?: string;
  readonly keys?: string;
  readonly legacyCipherKey?: string;
  readonly secrets?: boolean;
  readonly sampleData?: boolean;
  readonly concurrentWrites?: boolean;
  readonly dryRun?: boolean;
}

export const improveCommand = withBackupKeyOptions(
  withRecipientOption(
    projectCommand(
      'improve',
      'back up, migrate, protect, audit, document and validate the database',
    ),
  ),
)
  .option('--out <dir>', 'folder of the report and the documents', 'tothub-improve')
  .option(
    '--backups <dir>',
    'folder or s3://bucket/prefix of the backups (or DB_BACKUP_PATH; default: backups)',
  )
  .option('--keys <file>', 'key file (or TOTHUB_KEYS_FILE); without it secrets stay as they are')
  .option('--legacy-cipher-key <file>', 'file with the key of the legacy cipher')
  .option('--secrets', 'also empty the old values of secrets')
  .option('--sample-data', 'also fill empty tables with made-up rows')
  .option('--concurrent-writes', 'the application is writing: count values that differ')
  .option('--dry-run', 'say what would be done and change nothing')
  .action(
    action<[], ImproveOptions>(async ({ output, signal, url }, options) => {
      const directory = resolve(options.out);
      const result = await improve(
        {
          url: url(),
          project: await loadProject(options.config),
          directory,
          backupDirectory: backupDirectory(options.backups),
          backupKeys: await openBackupKeysForProof(options),
          keyRing: await openKeyRing(options.keys, options.secrets === true),
          legacyCipherKey: await readLegacyCipherKey(options.legacyCipherKey),
          contract: options.secrets === true,
          sampleData: options.sampleData === true,
          concurrentWrites: options.concurrentWrites === true,
          signal,
        },
        { dryRun: options.dryRun === true, output },
      );
      output.result(result.report, () =>
        result.kind === 'plan'
          ? result.report.plan
              .map(({ name, pending }) => `${name}: ${pending ?? 'nothing'}`)
              .join('\n')
          : describeOutcome(result.report, directory),
      );
      return result.ok ? exitCode.done : exitCode.refused;
    }),
  );
