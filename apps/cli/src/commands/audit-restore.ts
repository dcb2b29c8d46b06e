import { qualifiedName } from '@tothub/db-catalog';
import { type RestoreRowResult, restoreRow } from '@tothub/db-security';
import { action, type CommonOptions, databaseCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode } from '../exit.ts';
import { parseTableName } from '../project/parse-table-name.ts';
import { MOMENT_HELP, parseMoment } from './audit-moment.ts';

interface RestoreOptions extends CommonOptions {
  readonly to: string;
  readonly except?: string[];
  readonly actor?: string;
  readonly yes?: boolean;
}

/** Names columns only: `audit history` and `audit as-of` show values. */
export const restoreCommand = databaseCommand(
  'restore',
  'put one row back as it was; without --yes only say what would change',
)
  .argument('<table>', 'table, as name or schema.name')
  .argument('<key...>', 'the primary key that it had, one value a column')
  .requiredOption('--to <moment>', MOMENT_HELP)
  .option('--except <column...>', 'columns to leave as they are')
  .option('--actor <name>', 'who does it, for the log')
  .option('--yes', 'do it')
  .action(
    action<[string, string[]], RestoreOptions>(async ({ output, url }, options, name, key) => {
      const table = parseTableName(name);
      const dryRun = options.yes !== true;
      const { changes, ...result } = await withSession(url(), (client) =>
        restoreRow(client, table, key, {
          to: parseMoment(options.to),
          except: options.except,
          actor: options.actor,
          dryRun,
        }),
      );
      const columns = Object.keys(changes);
      output.result({ table, ...result, columns, dryRun }, () =>
        describeRestore(qualifiedName(table), { changes, ...result }, dryRun).join('\n'),
      );
      return exitCode.done;
    }),
  );

function describeRestore(
  table: string,
  { action: kind, changes, left, changedByTriggers }: RestoreRowResult,
  dryRun: boolean,
): string[] {
  if (kind === 'none') return [`The row of ${table} is as it was.`];
  const columns = Object.keys(changes).join(', ');
  const verb =
    kind === 'insert'
      ? ['is inserted again', 'would be inserted again']
      : ['is restored', 'would be restored'];
  return [
    `The row of ${table} ${verb[dryRun ? 1 : 0]}: ${columns}.`,
    ...(left.length > 0 ? [`Left as they are: ${left.join(', ')}.`] : []),
    ...(changedByTriggers.length > 0
      ? [`Set otherwise by triggers of the table: ${changedByTriggers.join(', ')}.`]
      : []),
    ...(dryRun ? ['Nothing was changed; --yes does it.'] : []),
  ];
}
