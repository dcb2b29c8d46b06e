import { type AsOfRow, asOf, history, type LogEntry, type LoggedValue } from '@tothub/db-security';
import { action, type CommonOptions, databaseCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode } from '../exit.ts';
import { parseTableName } from '../project/parse-table-name.ts';
import { formatValue } from '../terminal/format-value.ts';
import type { Output } from '../terminal/output.ts';
import { wholeNumber } from '../terminal/whole-number.ts';
import { MOMENT_HELP, parseMoment } from './audit-moment.ts';

interface LimitOptions extends CommonOptions {
  readonly limit: number;
}

/** The first of what comes, and whether there is more. */
async function take<T>(
  items: AsyncGenerator<T, void, undefined>,
  limit: number,
): Promise<{ taken: T[]; more: boolean }> {
  const taken: T[] = [];
  for await (const item of items) {
    if (taken.length === limit) return { taken, more: true };
    taken.push(item);
  }
  return { taken, more: false };
}

function saySurplus(output: Output, more: boolean, what: string, limit: number): void {
  if (more) output.say(`There are more than ${limit} ${what}; --limit shows more.`);
}

export const historyCommand = databaseCommand(
  'history',
  'what happened to one row, newest first; shows its values',
)
  .argument('<table>', 'table, as name or schema.name')
  .argument('<key...>', 'its primary key, one value a column')
  .option('--limit <n>', 'show at most so many changes', wholeNumber, 100)
  .action(
    action<[string, string[]], LimitOptions>(async ({ output, url }, { limit }, name, key) => {
      const table = parseTableName(name);
      const { taken, more } = await withSession(url(), (client) =>
        take(history(client, table, key), limit),
      );
      const changes = taken.map(({ contentHash, salt, ...change }) => change);
      output.result({ table, key, changes, more }, () =>
        changes.length === 0
          ? 'The log has nothing about this row.'
          : changes.map((change) => describeChange(output, change)).join('\n'),
      );
      saySurplus(output, more, 'changes', limit);
      return exitCode.done;
    }),
  );

type Change = Omit<LogEntry, 'contentHash' | 'salt'>;

function describeChange(output: Output, change: Change): string {
  const { id, at, operation, actor, loginRole, setRole, newKey } = change;
  const who = [
    ...(actor === null ? [] : [formatValue(actor)]),
    `role ${formatValue(setRole === null ? loginRole : `${loginRole} as ${setRole}`)}`,
  ].join(', ');
  const key = newKey === null ? '' : `  key is now ${newKey.map(formatValue).join(', ')}`;
  const head = `${output.paint('bold', `@${id}`)}  ${at}  ${output.paint('cyan', operation)}  ${who}${key}`;
  return [head, ...describeValues(change)].join('\n');
}

function describeValues({ operation, oldValues, newValues, rowCount, isErased }: Change): string[] {
  if (isErased && oldValues === null && newValues === null) return ['    its values were erased'];
  if (operation === 'TRUNCATE' && oldValues === null)
    return [`    removed ${rowCount ?? 'uncounted'} rows, which the log did not copy`];
  if (!['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'].includes(operation)) return [];
  const columns = [...new Set([...Object.keys(oldValues ?? {}), ...Object.keys(newValues ?? {})])];
  return columns.map((column) => {
    const values = [oldValues, newValues].flatMap((logged) =>
      logged !== null && Object.hasOwn(logged, column)
        ? [describeLogged(logged[column] as LoggedValue)]
        : [],
    );
    return `    ${column}: ${values.join(' → ')}`;
  });
}

function describeLogged(value: LoggedValue): string {
  if (value === null || typeof value === 'string') return formatValue(value);
  if ('bytes' in value) return `(${value.bytes} bytes, SHA-256 ${value.sha256.slice(0, 12)}…)`;
  return 'redacted' in value ? '(redacted)' : '(erased)';
}

export const asOfCommand = databaseCommand('as-of', 'what a table, or one row of it, held then')
  .argument('<table>', 'table, as name or schema.name')
  .argument('<time>', MOMENT_HELP)
  .argument('[key...]', 'primary key of one row, one value a column')
  .option('--limit <n>', 'show at most so many rows', wholeNumber, 1000)
  .action(
    action<[string, string, string[]], LimitOptions>(
      async ({ output, url }, { limit }, name, time, key) => {
        const table = parseTableName(name);
        const found = await withSession(url(), async (client) => {
          const moment = parseMoment(time);
          const options = key.length === 0 ? {} : { key };
          await using then = await asOf(client, table, moment, options);
          const { columns, limits } = then;
          return { columns, limits, ...(await take(then.rows, limit)) };
        });
        const { columns, limits, taken: rows, more } = found;
        output.result({ table, columns, limits, rows, more }, () =>
          rows.length === 0 ? 'No row.' : rows.map((row) => describeRow(output, row)).join('\n'),
        );
        for (const { message } of limits) output.say(message);
        saySurplus(output, more, 'rows', limit);
        const isDoubtful = rows.some(({ doubts }) => doubts.length > 0);
        return isDoubtful ? exitCode.refused : exitCode.done;
      },
    ),
  );

const doubtTexts: Record<AsOfRow['doubts'][number], string> = {
  contradiction: 'does not have the content that the log says it had',
  'audit-off': 'the audit was off since then',
  ambiguous: 'cannot be told from another with the same key',
};

function describeRow(
  output: Output,
  { key, values, unknown, gone, isProven, doubts }: AsOfRow,
): string {
  const head = key === null ? 'row' : key.map(formatValue).join(', ');
  const trust = isProven ? '  proven by its hash' : '';
  return [
    `${output.paint('bold', head)}${output.paint('dim', trust)}`,
    ...doubts.map((doubt) => `    ${output.paint('yellow', `doubtful: ${doubtTexts[doubt]}`)}`),
    ...Object.entries(values).map(([column, value]) => `    ${column}: ${formatValue(value)}`),
    ...Object.entries(gone).map(
      ([column, value]) => `    ${column} (dropped since): ${formatValue(value)}`,
    ),
    ...Object.entries(unknown).map(([column, reason]) => `    ${column}: unknown (${reason})`),
  ].join('\n');
}
