import { qualifiedName } from '@tothub/db-catalog';
import { auditStatus, enableAudit, installAudit } from '@tothub/db-security';
import { Command } from 'commander';
import { action, type CommonOptions, databaseCommand, projectCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode, usageError } from '../exit.ts';
import { loadProject } from '../project/load-project.ts';
import { parseTableName } from '../project/parse-table-name.ts';

interface EnableOptions extends CommonOptions {
  readonly redact?: string[];
  readonly all?: boolean;
}

const enable = projectCommand('enable', 'write down every change of these tables')
  .argument('[table...]', 'tables, as name or schema.name')
  .option('--redact <column...>', 'columns whose values never reach the log')
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
          await enableAudit(client, table, { redact: options.redact ?? known?.redact ?? [] });
        }
      });
      output.result({ enabled: tables.map(({ schema, name }) => ({ schema, table: name })) }, () =>
        tables.map(({ schema, name }) => `${schema}.${name} is audited`).join('\n'),
      );
      return exitCode.done;
    }),
  );

const status = databaseCommand('status', 'which tables are audited, and how well').action(
  action<[], CommonOptions>(async ({ output, url }) => {
    const result = await withSession(url(), (client) => auditStatus(client));
    const ok = [result, ...result.tables].every(({ problems }) => problems.length === 0);
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

export const auditCommand = new Command('audit')
  .description('who changed what')
  .addCommand(enable)
  .addCommand(status);
