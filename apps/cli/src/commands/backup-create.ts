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

interface CreateOptions extends CommonOptions, BackupKeyOptions, SelectionFlags {
  readonly out?: string;
  readonly hash?: 'full' | 'sample' | 'none';
  readonly jobs?: number;
  readonly engine?: 'auto' | 'native' | 'wasm';
  readonly binDir?: string;
}

/** Flags that say what a backup is to hold. */
interface SelectionFlags {
  readonly schemaOnly?: boolean;
  readonly dataOnly?: boolean;
  readonly table?: readonly string[];
  readonly schema?: readonly string[];
  readonly excludeTable?: readonly string[];
  readonly excludeSchema?: readonly string[];
  readonly excludeRows?: readonly string[];
  readonly largeObjects?: boolean;
  readonly skipUnreadable?: boolean;
}

function selectionOf(flags: SelectionFlags) {
  return {
    ...(flags.schemaOnly && { schemaOnly: true }),
    ...(flags.dataOnly && { dataOnly: true }),
    ...(flags.table && { tables: flags.table }),
    ...(flags.schema && { schemas: flags.schema }),
    ...(flags.excludeTable && { excludeTables: flags.excludeTable }),
    ...(flags.excludeSchema && { excludeSchemas: flags.excludeSchema }),
    ...(flags.excludeRows && { excludeRows: flags.excludeRows }),
    ...(flags.largeObjects !== undefined && { largeObjects: flags.largeObjects }),
    ...(flags.skipUnreadable && { skipUnreadable: true }),
  };
}

/** `backup create`. */
export const backupCreateCommand = withBackupKeyOptions(
  withRecipientOption(
    databaseCommand('create', 'dump the database, with a manifest from the same snapshot'),
  ),
)
  .option(
    '--out <dir>',
    'folder or s3://bucket/prefix of the backups (or DB_BACKUP_PATH; default: backups)',
  )
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
  .option('--schema-only', 'definitions without rows')
  .option('--data-only', 'rows without definitions, for a database that has the tables')
  .option(
    '--table <name...>',
    'the rows of these tables only (schema.table; * and ? stand for others)',
  )
  .option('--schema <name...>', 'the rows of the tables of these schemas only')
  .option('--exclude-table <name...>', 'without these tables and what depends on them')
  .option('--exclude-schema <name...>', 'without the tables of these schemas')
  .option('--exclude-rows <name...>', 'without the rows of these tables')
  .option('--large-objects', 'with large objects, also where tables are named')
  .option('--no-large-objects', 'without large objects')
  .option('--skip-unreadable', 'leave out, and name, what the role cannot read, instead of failing')
  .action(
    action<[], CreateOptions>(async ({ output, signal, url }, options) => {
      const keys = await openBackupKeys(options);
      const line = output.step('backup');
      const { path, manifest, warnings } = await createBackup({
        connectionString: url(),
        directory: backupDirectory(options.out),
        signal,
        onProgress: (event) => line.progress(`${event.phase} ${event.table ?? ''}`),
        ...keys,
        ...(options.jobs !== undefined && { jobs: options.jobs }),
        ...selectionOf(options),
        ...(options.hash && { contentHash: options.hash }),
        ...(options.engine && { engine: options.engine }),
        ...(options.binDir && { binDir: options.binDir }),
      });
      line.end('done', `${manifest.tables.length} tables, ${describeProtection(keys)}`);
      for (const warning of warnings) output.say(warning);
      for (const what of manifest.missing) output.say(`not in it: ${what}`);
      output.result({ path, manifest, warnings }, () => path);
      return exitCode.done;
    }),
  );
