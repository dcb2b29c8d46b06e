import { seedDatabase } from '@tothub/db-seed';
import { action, type CommonOptions, projectCommand } from '../command.ts';
import { exitCode } from '../exit.ts';
import { loadProject } from '../project/load-project.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface SeedOptions extends CommonOptions {
  readonly rows?: number;
  readonly seed: number;
  readonly dryRun?: boolean;
}

export const seedCommand = projectCommand('seed', 'fill empty tables with made-up rows')
  .option('--rows <n>', 'rows in each table (default: 5 to 10)', wholeNumber)
  .option('--seed <n>', 'the same seed gives the same rows', wholeNumber, 1)
  .option('--dry-run', 'say what would be written and write nothing')
  .action(
    action<[], SeedOptions>(async ({ output, signal, url }, options) => {
      const { sampleData } = await loadProject(options.config);
      const line = output.step('seed');
      const result = await seedDatabase({
        connectionString: url(),
        profile: sampleData.profile,
        seed: options.seed,
        dryRun: options.dryRun === true,
        signal,
        ...(options.rows !== undefined && { rows: options.rows }),
      });
      const rows = result.tables.reduce((sum, table) => sum + table.rows, 0);
      const verb = options.dryRun ? 'would be written' : 'written';
      line.end('done', `${rows} rows ${verb} in ${result.tables.length} tables`);
      output.result(result, () =>
        [
          ...result.tables.map((table) => `${table.schema}.${table.table}: ${table.rows} rows`),
          ...result.skipped.map(
            (table) => `${table.schema}.${table.table}: skipped, ${table.reason}`,
          ),
        ].join('\n'),
      );
      return exitCode.done;
    }),
  );
