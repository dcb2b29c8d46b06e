import { qualifiedName, quoteIdent } from '@tothub/db-catalog';
import {
  type ClassCount,
  type ClassTreatment,
  type HashAlgorithm,
  type HashColumnReport,
  hashColumn,
} from '@tothub/db-security';
import { Option } from 'commander';
import { action, type CommonOptions, databaseCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode, usageError } from '../exit.ts';
import { openKeyRing } from '../project/keys.ts';
import { parseTableName } from '../project/parse-table-name.ts';
import { confirm } from '../terminal/confirm.ts';

interface HashColumnOptions extends CommonOptions {
  readonly keys?: string;
  readonly into?: string;
  readonly quarantine?: string;
  readonly algorithm: HashAlgorithm;
  readonly hash?: readonly string[];
  readonly keep?: readonly string[];
  readonly accept?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const hashColumnCommand = databaseCommand(
  'hash-column',
  'replace the plaintext of a credentials column by hashes, in any table',
)
  .argument('<table>', 'table, as name or schema.name')
  .argument('<column>', 'column with passwords or PINs')
  .option('--keys <file>', 'key file (or TOTHUB_KEYS_FILE); with one, hashes are peppered')
  .option('--into <column>', 'write the hashes there and empty the old column')
  .option('--quarantine <table>', 'table that keeps the old values as ciphertexts')
  .addOption(
    new Option('--algorithm <name>', 'how to hash')
      .choices(['bcrypt', 'argon2id', 'scrypt'])
      .default('bcrypt'),
  )
  .option('--hash <class...>', 'classes in doubt that are plaintext: identifier, token, …')
  .option('--keep <class...>', 'classes in doubt that are none')
  .option('--accept <dependent...>', 'what depends on the column and may stay: "trigger NAME", …')
  .option('--dry-run', 'count, say what stands in the way, and change nothing')
  .option('--yes', 'do it without asking, even where it cannot be undone')
  .action(
    action<[string, string], HashColumnOptions>(
      async ({ output, signal, url }, options, table, column) => {
        const keyRing = await openKeyRing(options.keys, false);
        const { quarantine } = options;
        const asked = {
          table: parseTableName(table),
          column,
          keyRing,
          target: options.into,
          algorithm: options.algorithm,
          treat: treatmentOf(options),
          accept: options.accept,
          irreversible: true,
          ...(quarantine !== undefined && { quarantine: parseTableName(quarantine) }),
        };
        return withSession(url(), async (db) => {
          const plan = await hashColumn({ ...asked, db, signal, dryRun: true });
          if (options.dryRun === true) {
            output.result(plan, () => describePlan(plan).join('\n'));
            return plan.obstacles.length === 0 ? exitCode.done : exitCode.refused;
          }
          if (plan.rowCount > 0 && plan.obstacles.length === 0) {
            for (const line of describePlan(plan)) output.say(line);
            const loss = quarantine === undefined ? ' This cannot be undone.' : '';
            await confirm(`Hash ${plan.rowCount} values?${loss}`, options);
          }
          const step = output.step('hash');
          const report = await hashColumn({
            ...asked,
            db,
            signal,
            onProgress: (progress) => {
              if ('written' in progress) step.progress(`${progress.written} of ${plan.rowCount}`);
            },
          });
          step.end(report.inClear === 0 ? 'done' : 'failed', `${report.written} hashed`);
          output.result(report, () => describeReport(report).join('\n'));
          return report.inClear === 0 ? exitCode.done : exitCode.refused;
        });
      },
    ),
  );

const open: ReadonlySet<string> = new Set([
  ...['blank', 'token', 'ciphertext', 'identifier', 'json', 'other-hash', 'too-long'],
]);

/** @throws CliError (exit 2) for a class that there is not, or that tells by itself. */
function treatmentOf({ hash = [], keep = [] }: HashColumnOptions): ClassTreatment {
  const unknown = [...hash, ...keep].find((each) => !open.has(each));
  if (unknown !== undefined)
    throw usageError(`No class "${unknown}" is in doubt.`, `There are ${[...open].join(', ')}.`);
  return Object.fromEntries([
    ...hash.map((each) => [each, 'hash']),
    ...keep.map((each) => [each, 'keep']),
  ]);
}

function describeClasses(classes: readonly ClassCount[]): string {
  return (
    classes
      .map(({ class: name, kind, rows }) => `${rows} ${name}${kind ? ` (${kind})` : ''}`)
      .join(', ') || 'no row'
  );
}

function describePlan(plan: HashColumnReport): string[] {
  return [
    `${qualifiedName(plan.table)}.${quoteIdent(plan.column)}: ${describeClasses(plan.before)}`,
    `${plan.rowCount} to hash, in about ${Math.ceil(plan.estimatedMs / 1000)} s.`,
    ...plan.notes,
    ...plan.obstacles.map(({ kind, name, message, isAcceptable }) =>
      isAcceptable ? `${message} (--accept "${kind} ${name}")` : message,
    ),
  ];
}

function describeReport(report: HashColumnReport): string[] {
  const { kept, notes, remains, after = [], inClear, written } = report;
  return [
    `${written} hashed; now ${describeClasses(after)}. ${inClear === 0 ? 'None is in the clear.' : `${inClear} are in the clear still; run it again.`}`,
    ...kept.map(({ count, reason }) => `${count} kept: ${reason}`),
    ...notes,
    ...(remains.inStatistics
      ? [`The statistics still hold ${remains.inStatistics}: ANALYZE.`]
      : []),
    ...(written > 0
      ? [
          `${remains.oldVersions} old row versions hold the plaintext until ${remains.sql} (${remains.tableBytes} bytes, exclusive lock). Older WAL, replicas, backups and logs keep it.`,
        ]
      : []),
  ];
}
