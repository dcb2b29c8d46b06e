import { withConnection } from '../connection/connect.ts';
import { TargetLacksError } from '../errors.ts';
import type { OpenedBackup } from '../storage/open-backup.ts';
import { checkForeignKeys } from './check-foreign-keys.ts';
import { fitsOneTransaction, loadDump } from './load-dump.ts';
import type { RestorePlan } from './plan-restore.ts';
import { prepareRowsTarget } from './prepare-rows.ts';
import type { RestoreBackupOptions } from './restore-options.ts';

/**
 * Restores a backup of rows alone into a database that has the tables, empty. Triggers and foreign keys are passed over
 * where the role may do that; foreign keys to tables of which the backup has no rows are looked at afterwards.
 *
 * @throws TargetLacksError, TargetNotEmptyError before anything is written
 * @throws RestoreFailedError, ToolFailedError
 */
export async function restoreRows(
  backup: OpenedBackup,
  { report, facts }: RestorePlan,
  options: RestoreBackupOptions,
): Promise<{ readonly oneTransaction: boolean }> {
  const { manifest, catalog } = backup;
  const { into, signal } = options;
  if (report.how !== 'empty') {
    throw new TargetLacksError(
      'The backup holds rows without definitions, which cannot make a database. Nothing was changed. Name a database that has the tables, without swap.',
    );
  }
  const { asReplica } = await withConnection(into, signal, (client) =>
    prepareRowsTarget(client, manifest),
  );
  const oneTransaction = fitsOneTransaction(backup, facts.lockCapacity);
  await loadDump(backup, { ...options, serverMajor: facts.serverMajor, oneTransaction, asReplica });
  if (asReplica) {
    await withConnection(into, signal, (client) =>
      checkForeignKeys(client, catalog, manifest.tables),
    );
  }
  return { oneTransaction };
}
