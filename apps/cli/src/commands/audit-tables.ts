import { qualifiedName } from '@tothub/db-catalog';
import { auditStatus, disableAudit, enableAudit, installAudit } from '@tothub/db-security';
import { Option } from 'commander';
import { action, type CommonOptions, databaseCommand, projectCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode, usageError } from '../exit.ts';
import { loadProject } from '../project/load-project.ts';
import { parseTableName } from '../project/parse-table-name.ts';
import { confirm } from '../terminal/confirm.ts';

interface EnableOptions extends CommonOptions {
  readonly redact?: string[];
  readonly exclude?: string[];
  readonly ignore?: string[];
  readonly mode?: 'compact' | 'full';
  readonly truncate?: 'count' | 'copy' | 'refuse';
  readonly all?: boolean;
}

export const enableCommand = projectCommand('enable', 'write down every change of these tables')
  .argument('[table...]', 'tables, as name or schema.name')
  .option('--redact <column...>', 'columns whose values never reach the log')
  .option('--exclude <column...>', 'columns that are not logged at all')
  .option('--ignore <column...>', 'columns of which a change alone is not logged')
  .addOption(
    new Option('--mode <mode>', 'what an INSERT leaves: key and hash, or all values').choices([
      'compact',
      'full',
    ]),
  )
  .addOption(
    new Option('--truncate <how>', 'what a TRUNCATE leaves in the log').choices([
      'count',
      'copy',
      'refuse',
    ]),
  )
  .option('--all', 'every table that the configuration names')
  .action(
    action<[string[]], EnableOptions>(async ({ output, url }, options, names) => {
      if (names.length === 0 && !options.all)
        throw usageError('No table was named.', 'Name tables, or pass --all.');
      const configured = (await loadProject(options.config)).audited;
      const tables = options.all ? configured : names.map(parseTableName);
      await withSession(url(), async (client) => {
        await installAudit(client);
        for (const table of tables) {
          const known = configured.find((t) => t.schema === table.schema && t.name === table.name);
          await enableAudit(client, table, {
            redact: options.redact ?? known?.redact ?? [],
            exclude: options.exclude,
            ignore: options.ignore,
            mode: options.mode,
            truncate: options.truncate,
          });
        }
      });
      output.result({ enabled: tables.map(({ schema, name }) => ({ schema, table: name })) }, () =>
        tables.map(({ schema, name }) => `${schema}.${name} is audited`).join('\n'),
      );
      return exitCode.done;
    }),
  );

export const disableCommand = databaseCommand(
  'disable',
  'stop writing down the changes of these tables; what is written stays',
)
  .argument('<table...>', 'tables, as name or schema.name')
  .option('--yes', 'do not ask')
  .action(
    action<[string[]], CommonOptions & { yes?: boolean }>(
      async ({ output, url }, options, names) => {
        const tables = names.map(parseTableName);
        const database = url();
        const listed = tables.map((table) => qualifiedName(table)).join(', ');
        await confirm(`Stop auditing ${listed}? Changes will leave no trace.`, options);
        await withSession(database, async (client) => {
          for (const table of tables) await disableAudit(client, table);
        });
        output.result(
          { disabled: tables.map(({ schema, name }) => ({ schema, table: name })) },
          () => tables.map((table) => `${qualifiedName(table)} is no longer audited`).join('\n'),
        );
        return exitCode.done;
      },
    ),
  );

export const statusCommand = databaseCommand(
  'status',
  'which tables are audited, and how well',
).action(
  action<[], CommonOptions>(async ({ output, url }) => {
    const result = await withSession(url(), (client) => auditStatus(client));
    const ok = [result, ...result.tables].every(({ problems }) => problems.length === 0);
    for (const limit of result.limits) output.say(limit);
    output.result({ ok, ...result }, () =>
      result.tables.length === 0
        ? 'No table is audited.'
        : [
            ...result.problems,
            ...result.tables.map(
              ({ schema, name, problems }) =>
                `${qualifiedName(schema, name)}: ${problems.join('; ') || 'every change is written down'}`,
            ),
          ].join('\n'),
    );
    return ok ? exitCode.done : exitCode.refused;
  }),
);
