import { qualifiedName } from '@tothub/db-catalog';
import {
  type BlindIndexRotationReport,
  blindIndexColumnsOf,
  type FieldRotationReport,
  fieldColumnsOf,
  type RewriteOptions,
  rotateBlindIndex,
  rotateFields,
} from '@tothub/db-security';
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

type Rotated = FieldRotationReport | BlindIndexRotationReport;

const describe = ({ table, column, rotated, kept, keys }: Rotated, dryRun: boolean): string => {
  const parts = [
    `${rotated} ${dryRun ? 'to rotate' : 'rotated'}`,
    ...kept.map(({ count, reason }) => `${count} kept (${reason})`),
    `now ${keys.map(({ keyId, rows }) => `${rows} under ${keyId ?? 'no key'}`).join(', ') || 'no value'}`,
  ];
  return `${qualifiedName(table)}.${column}: ${parts.join('; ')}`;
};

export const rotateCommand = projectCommand(
  'rotate',
  'bring every ciphertext and blind index of the configured columns under the current keys',
)
  .option('--keys <file>', 'key file (or TOTHUB_KEYS_FILE)')
  .option('--dry-run', 'count and change nothing')
  .action(
    action<[], RotateOptions>(async ({ output, signal, url }, options) => {
      const keyRing = await openKeyRing(options.keys, true);
      const { secrets, quarantine } = await loadProject(options.config);
      await assertMigrated(url());
      const dryRun = options.dryRun === true;
      const step = output.step('rotate');
      const onProgress: RewriteOptions['onProgress'] = (progress) => {
        if ('written' in progress) step.progress(`${progress.what}: ${progress.written}`);
      };
      const { columns, blindIndexes } = await withSession(url(), async (db) => {
        const common = { db, keyRing, dryRun, signal, onProgress };
        const columns = await rotateFields({
          ...common,
          columns: fieldColumnsOf(secrets),
          quarantine,
          onRejected: ({ table, column, key, reason }) =>
            step.note(`${qualifiedName(table)}.${column} ${JSON.stringify(key)}: ${reason}`),
        });
        const blindIndexes: BlindIndexRotationReport[] = [];
        for (const column of blindIndexColumnsOf(secrets))
          blindIndexes.push(await rotateBlindIndex({ ...common, ...column }));
        return { columns, blindIndexes };
      });
      const current = {
        encryption: keyRing.current('encryption').id,
        blindIndex: keyRing.current('blindIndex').id,
      };
      const all = [...columns, ...blindIndexes];
      const ok = all.every(({ isComplete }) => isComplete);
      const total = all.reduce((sum, { rotated }) => sum + rotated, 0);
      step.end(
        ok || dryRun ? 'done' : 'failed',
        `${total} values ${dryRun ? 'to bring' : 'brought'} under the current keys`,
      );
      output.result({ ok, current, dryRun, columns, blindIndexes }, () =>
        all.map((report) => describe(report, dryRun)).join('\n'),
      );
      return ok || dryRun ? exitCode.done : exitCode.refused;
    }),
  );
