import { qualifiedName } from '@tothub/db-catalog';
import {
  createMaskingViews,
  dropMaskingViews,
  type MaskingStatus,
  maskingStatus,
} from '@tothub/db-security';
import { action, type CommonOptions, projectCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode, refusal, usageError } from '../exit.ts';
import { assertMigrated } from '../project/assess-database.ts';
import { loadProject } from '../project/load-project.ts';

interface MaskOptions extends CommonOptions {
  readonly grantTo?: readonly string[];
  readonly check?: boolean;
  readonly drop?: boolean;
  readonly dryRun?: boolean;
}

const describe = ({ views, others, bypasses }: MaskingStatus): string[] => [
  ...views.map(
    (view) =>
      `${qualifiedName(view)}: ${view.problems.join('; ') || 'as it should be'}${
        view.addedColumns.length > 0 ? ` (not shown: new ${view.addedColumns.join(', ')})` : ''
      }`,
  ),
  ...others.map((view) => `${qualifiedName(view)}: not in the configuration any more`),
  ...bypasses,
];

export const maskCommand = projectCommand('mask', 'make the views that analysts read')
  .option('--grant-to <role...>', 'roles that may read them; all others may not')
  .option('--check', 'compare them with the configuration and change nothing')
  .option('--drop', 'drop them, as before a migration of a column that they show')
  .option('--dry-run', 'say what would be made and change nothing')
  .action(
    action<[], MaskOptions>(async ({ output, url }, options) => {
      const { grantTo, check = false, drop = false, dryRun = false } = options;
      if (Number(check) + Number(drop) + Number(dryRun) > 1)
        throw usageError('--check, --drop and --dry-run do not go together.', 'Pass one of them.');
      if (grantTo === undefined && !drop)
        throw usageError('No role was named.', 'Pass --grant-to ROLE for each role of analysts.');
      const { maskingViews, name } = await loadProject(options.config);
      if (maskingViews === undefined)
        throw refusal('TOTHUB_NO_MASKING', `The configuration of ${name} names no masking views.`);
      await assertMigrated(url());
      return withSession(url(), async (db) => {
        if (drop) {
          const dropped = await dropMaskingViews({ db, schema: maskingViews.schema });
          output.result({ dropped }, () =>
            dropped.length === 0
              ? 'There was none.'
              : dropped.map((view) => `${qualifiedName(view)} is dropped`).join('\n'),
          );
          return exitCode.done;
        }
        const asked = { db, ...maskingViews, grantTo: grantTo ?? [] };
        if (check) {
          const status = await maskingStatus(asked);
          output.result(status, () => describe(status).join('\n'));
          return status.ok ? exitCode.done : exitCode.refused;
        }
        const { changed, unchanged, status } = await createMaskingViews({ ...asked, dryRun });
        output.result({ ok: status.ok, dryRun, changed, unchanged, status }, () =>
          [
            ...changed.map((view) => `${qualifiedName(view)} ${dryRun ? 'to be made' : 'is made'}`),
            ...(dryRun ? [] : describe(status)),
          ].join('\n'),
        );
        return status.ok || dryRun ? exitCode.done : exitCode.refused;
      });
    }),
  );
