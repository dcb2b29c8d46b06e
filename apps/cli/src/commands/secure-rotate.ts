import { qualifiedName } from '@tothub/db-catalog';
import { fieldColumnsOf, rotateFields } from '@tothub/db-security';
import { action, type CommonOptions, projectCommand } from '../command.ts';
import { withSession } from '../database/connect.ts';
import { exitCode } from '../exit.ts';
import { assertMigrated } from '../project/assess-database.ts';
import { openKeyRing } from '../project/keys.ts';
import { loadProject } from '../project/load-project.ts';

interface RotateOptions extends CommonOptions {
  readonly keys?: string;
  readonly dryRun?: boolean;
}

export const rotateCommand = projectCommand(
  'rotate',
  'bring every ciphertext of the configured columns under the current encryption key',
)
  .option('--keys <file>', 'key file (or TOTHUB_KEYS_FILE)')
  .option('--dry-run', 'count and change nothing')
  .action(
    action<[], RotateOptions>(async ({ output, signal, url }, options) => {
      const keyRing = await openKeyRing(options.keys, true);
      if (!keyRing) return exitCode.usage;
      const { secrets, quarantine } = await loadProject(options.config);
      await assertMigrated(url());
      const dryRun = options.dryRun === true;
      const step = output.step('rotate');
      const columns = await withSession(url(), (db) =>
        rotateFields({
          db,
          keyRing,
          columns: fieldColumnsOf(secrets),
          quarantine,
          dryRun,
          signal,
          onProgress: (progress) => {
            if ('written' in progress) step.progress(`${progress.what}: ${progress.written}`);
          },
          onRejected: ({ table, column, key, reason }) =>
            step.note(`${qualifiedName(table)}.${column} ${JSON.stringify(key)}: ${reason}`),
        }),
      );
      const current = keyRing.current('encryption').id;
      const ok = columns.every(({ isComplete }) => isComplete);
      const total = columns.reduce((sum, { rotated }) => sum + rotated, 0);
      step.end(
        ok || dryRun ? 'done' : 'failed',
        `${total} values ${dryRun ? 'to bring' : 'brought'} under ${current}`,
      );
      output.result({ ok, current, dryRun, columns }, () =>
        columns
          .map(({ table, column, rotated, kept, keys }) => {
            const parts = [
              `${rotated} ${dryRun ? 'to rotate' : 'rotated'}`,
              ...kept.map(({ count, reason }) => `${count} kept (${reason})`),
              `now ${keys.map(({ keyId, rows }) => `${rows} under ${keyId ?? 'no key'}`).join(', ') || 'no value'}`,
            ];
            return `${qualifiedName(table)}.${column}: ${parts.join('; ')}`;
          })
          .join('\n'),
      );
      return ok || dryRun ? exitCode.done : exitCode.refused;
    }),
  );
