import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { action, type CommonOptions, projectCommand } from '../command.ts';
import { exitCode, usageError } from '../exit.ts';
import { writeWhole } from '../improve/journal.ts';
import { catalogOf, documentDatabase, documentDifferences } from '../project/document.ts';
import { loadProject } from '../project/load-project.ts';

interface DocsOptions extends CommonOptions {
  readonly out: string;
}

const build = projectCommand('build', 'write the documentation of the database')
  .option('--out <file>', 'file to write', 'db_schema.md')
  .action(
    action<[], DocsOptions>(async ({ output, url }, options) => {
      const path = resolve(options.out);
      if (existsSync(path) && !statSync(path).isFile())
        throw usageError(`${options.out} is not a file.`, 'Name a file with --out.');
      await writeWhole(
        path,
        await documentDatabase(url(), await loadProject(options.config), path),
      );
      output.result({ path }, () => path);
      return exitCode.done;
    }),
  );

const check = projectCommand('check', 'fail when the documentation and the database differ')
  .option('--out <file>', 'file to compare', 'db_schema.md')
  .action(
    action<[], DocsOptions>(async ({ output, url }, options) => {
      const project = await loadProject(options.config);
      const differences = await documentDifferences(
        () => catalogOf(url()),
        project,
        resolve(options.out),
      );
      const ok = differences.length === 0;
      output.result({ ok, differences }, () =>
        ok ? `${options.out} matches the database.` : differences.join('\n'),
      );
      return ok ? exitCode.done : exitCode.refused;
    }),
  );

export const docsCommand = new Command('docs')
  .description('the documentation of the database')
  .addCommand(build)
  .addCommand(check);
