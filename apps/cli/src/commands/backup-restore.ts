import {
  connectionWarnings,
  describeRestore,
  type RestoreBackupOptions,
  type RestoreReport,
  resolveBackupAddress,
  restoreBackup,
} from '@tothub/db-backup';
import { Command, Option } from 'commander';
import { action, type CommonOptions } from '../command.ts';
import { describeUrl, resolveUrl } from '../database/connection-url.ts';
import { exitCode, usageError } from '../exit.ts';
import {
  type BackupKeyOptions,
  openBackupKeys,
  withBackupKeyOptions,
} from '../project/backup-keys.ts';
import { parseTableName } from '../project/parse-table-name.ts';
import { backupProgress } from '../terminal/backup-progress.ts';
import { confirm } from '../terminal/confirm.ts';

interface RestoreOptions extends CommonOptions, BackupKeyOptions {
  readonly into?: string;
  readonly create?: string;
  readonly swap?: boolean;
  readonly mapRole?: readonly string[];
  readonly table?: readonly string[];
  readonly schema?: string;
  readonly resumable?: boolean;
  readonly access: boolean;
  readonly sessions: 'refuse' | 'keep' | 'disconnect';
  readonly binDir?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `backup restore`. */
export const backupRestoreCommand = withBackupKeyOptions(new Command('restore'))
  .description(
    'restore a backup: into an empty or new database, or beside one and exchange the two',
  )
  .argument('<path>', 'folder of the backup, or its address in S3, as list prints it')
  .option(
    '--into <url>',
    'database to restore into (or TOTHUB_RESTORE_URL); made where it is missing',
  )
  .option('--create <name>', 'restore into a new database of this name, on the server of --url')
  .option('--url <url>', 'server of --create (or DATABASE_URL)')
  .option('--swap', 'restore beside the database, compare, exchange the two, and keep the old one')
  .option('--map-role <old=new>', 'a role that has another name there; may be repeated', collect)
  .option(
    '--table <schema.name>',
    'only this table, into a database that lacks it; may be repeated',
    collect,
  )
  .option('--schema <name>', 'put the tables of --table into this schema')
  .option('--resumable', 'commit object by object, so that a killed restore goes on where it was')
  .option('--no-access', 'leave owners, privileges and settings to the role that restores')
  .addOption(
    new Option('--sessions <what>', 'where others are connected: refuse, go on, or end them')
      .choices(['refuse', 'keep', 'disconnect'])
      .default('refuse'),
  )
  .option('--bin-dir <dir>', 'folder of pg_restore')
  .option('--dry-run', 'say what would be different there and write nothing')
  .option('--yes', 'do not ask')
  .option('--json', 'print one JSON document on stdout')
  .action(
    action<[string], RestoreOptions>(async ({ output, signal }, options, path) => {
      if (options.schema !== undefined && !options.table)
        throw usageError('--schema was given without --table.', 'Name the tables to put there.');
      const keys = await openBackupKeys(options);
      const into = targetOf(options);
      for (const warning of connectionWarnings(into)) output.say(warning);
      const line = output.step('restore');
      const restore: RestoreBackupOptions = {
        ...keys,
        into,
        signal,
        mapRoles: rolesOf(options.mapRole),
        access: options.access,
        sessions: options.sessions,
        onProgress: (event) => line.progress(backupProgress(event)),
        ...(options.swap && { swap: true }),
        ...(options.resumable && { resumable: true }),
        ...(options.table && { tables: options.table.map(parseTableName) }),
        ...(options.schema !== undefined && { schema: options.schema }),
        ...(options.binDir && { binDir: options.binDir }),
      };
      if (options.dryRun) {
        const report = await describeRestore(resolveBackupAddress(path), restore);
        line.end('skipped', 'nothing was written');
        output.result({ ...report, dryRun: true }, () => describeReport(report).join('\n'));
        return canGoOn(report) ? exitCode.done : exitCode.refused;
      }
      if (options.swap)
        await confirm(`Exchange ${describeUrl(into)} for what is in the backup?`, options);
      const result = await restoreBackup(resolveBackupAddress(path), {
        ...restore,
        onReport: ({ differences }) => {
          for (const { detail } of differences) line.note(detail);
        },
      });
      line.end('done', describeUrl(into));
      for (const left of result.notRestored) output.say(`  not restored: ${left}`);
      output.result({ path, into: describeUrl(into), ...result }, () =>
        [
          `${path} is restored into ${describeUrl(into)}.`,
          ...(result.kept === null
            ? []
            : [
                `The former database is kept as ${result.kept}; tothub-db backup undo takes it back.`,
              ]),
        ].join('\n'),
      );
      return exitCode.done;
    }),
  );

/** In the environment, no other user of the machine can read a password that is in the URL. */
function targetOf(options: RestoreOptions): string {
  if (options.create !== undefined) {
    if (options.into !== undefined)
      throw usageError('Both --into and --create were given.', 'Leave one out.');
    const url = new URL(resolveUrl(options.url));
    url.pathname = `/${encodeURI(options.create)}`;
    return url.href;
  }
  const into = options.into ?? process.env.TOTHUB_RESTORE_URL;
  if (!into)
    throw usageError(
      'No database to restore into was named.',
      'Pass --into URL or --create NAME, or set TOTHUB_RESTORE_URL.',
    );
  return resolveUrl(into);
}

/** Names that hold a `=` are quoted as in SQL: `"a=b"=c`. */
function rolesOf(pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, from, to] = /^("(?:[^"]|"")+"|[^="]+)=(.+)$/s.exec(pair) ?? [];
      if (from === undefined || to === undefined)
        throw usageError(`${pair} is not of the form old=new.`, 'Write --map-role old=new.');
      return [unquoted(from), unquoted(to)];
    }),
  );
}

function unquoted(name: string): string {
  return /^".+"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function canGoOn({ differences, objects, sessions }: RestoreReport): boolean {
  return (
    objects.length + sessions.length === 0 &&
    differences.every(({ severity }) => severity !== 'blocks')
  );
}

const WAYS: Record<RestoreReport['how'], string> = {
  empty: 'into the database that is there',
  new: 'into a database that is made for it',
  swap: 'beside the database, which it then takes the place of',
  tables: 'single tables, into the database that is there',
};

function describeReport(report: RestoreReport): string[] {
  const { backupId, database, how, resumes, serverVersion } = report;
  return [
    `${backupId} would go ${WAYS[how]}: ${database}, PostgreSQL ${serverVersion}${resumes ? ' (it takes up an unfinished restore)' : ''}.`,
    ...report.objects.slice(0, 10).map((object) => `not empty  ${object}`),
    ...report.sessions.map((session) => `connected  ${session}`),
    ...report.differences.map(
      ({ severity, subject, detail }) => `${severity.padEnd(11)}${subject}: ${detail}`,
    ),
  ];
}
