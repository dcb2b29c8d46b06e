import {
  BackupError,
  messageOf,
  RestoreFailedError,
  TargetLacksError,
  withoutRowValues,
} from './errors.ts';
import { findRestoreTools } from './native/restore-tools.ts';
import { restoreBeside } from './restore/beside-database.ts';
import { fillDatabase } from './restore/into-database.ts';
import { assertPossible, planRestore, type RestoreReport } from './restore/plan-restore.ts';
import type { RestoreBackupOptions, RestoreResult } from './restore/restore-options.ts';
import { restoreRows } from './restore/restore-rows.ts';
import { restoreTables } from './restore/steps/restore-tables.ts';
import type { BackupPlace } from './storage/backup-storage.ts';
import { withUseLease } from './storage/lease.ts';
import { type OpenedBackup, openBackup } from './storage/open-backup.ts';
import { locateBackup } from './storage/open-storage.ts';

/**
 * Restores a backup, after its files were compared with the manifest, and gives everything back to its owners with
 * their grants, as far as their roles exist and the restoring role may; the rest is listed. What is encrypted is
 * decrypted on its way to the server; nothing of it touches the disk in clear. A restore that was killed is finished
 * by running it again.
 *
 * @throws BackupDamagedError, BackupSwappedError before anything is written, when a file differs from the manifest
 * @throws SignatureMissingError, UntrustedKeyError, SignatureInvalidError before anything is written, where a signature
 * is demanded
 * @throws IdentityMissingError, WrongIdentityError before anything is written, where it cannot be decrypted
 * @throws TargetNotEmptyError, TargetLacksError, TargetInUseError, RestoreUnfinishedError before anything is written
 * @throws EngineUnavailableError before anything is written, when a native dump needs a `pg_restore` that is not here
 * @throws ScratchDatabaseError when a database cannot be made
 * @throws RestoreFailedError, ToolFailedError when the server refuses something on the way
 * @example
 * ```ts
 * await restoreBackup('backups/app-20260101T000000Z-1a2b3c', { into: 'postgresql://me@host/empty' });
 * // pg_restore --no-owner --no-acl --single-transaction; GRANT …; ALTER TABLE … OWNER TO …
 *
 * await restoreBackup(path, { into: 'postgresql://me@host/app', swap: true }); // app is kept as app_before_…
 * ```
 */
export async function restoreBackup(
  path: string,
  options: RestoreBackupOptions,
): Promise<RestoreResult> {
  const place = await locateBackup(path);
  try {
    return await withUseLease(place, options, async () =>
      restoreOpened(await open(place, options), options),
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof BackupError) throw error;
    throw new RestoreFailedError(
      `The restore failed: ${messageOf(error)}. The backup itself is whole; mend the cause and restore again.`,
      { cause: withoutRowValues(error) },
    );
  }
}

async function restoreOpened(
  backup: OpenedBackup,
  options: RestoreBackupOptions,
): Promise<RestoreResult> {
  const { manifest } = backup;
  const plan = await planRestore(backup, options);
  options.onReport?.(plan.report);
  if (manifest.selection?.definitions === false) {
    if (options.tables)
      throw new TargetLacksError(
        'The backup holds rows without definitions, out of which no single tables can be made. Nothing was changed. Restore all of it into a database that has the tables.',
      );
    const restored = await restoreRows(backup, plan, options);
    options.onProgress?.({ phase: 'done' });
    return {
      manifest,
      report: plan.report,
      missingRoles: [],
      notRestored: [],
      kept: null,
      ...restored,
    };
  }
  assertPossible(plan, options);
  if (manifest.engine.name === 'native')
    await findRestoreTools(manifest.engine.version, plan.facts.serverMajor, options.binDir);
  const filled = options.tables
    ? { kept: null, ...(await restoreTables(backup, plan, options)) }
    : plan.maintenance === undefined
      ? { kept: null, ...(await fillDatabase(backup, plan, { ...options, isNewDatabase: false })) }
      : await restoreBeside(backup, plan, options);
  options.onProgress?.({ phase: 'done' });
  const missingRoles = manifest.roles.filter((role) => plan.roleOf(role) === undefined);
  return { manifest, report: plan.report, missingRoles, ...filled };
}

/**
 * Says what a restore would do, and what is different where it would go, and writes nothing.
 *
 * @throws what `restoreBackup` throws about the files of the backup and the connection
 * @example
 * ```ts
 * const { differences } = await describeRestore(path, { into: url });
 * ```
 */
export async function describeRestore(
  path: string,
  options: RestoreBackupOptions,
): Promise<RestoreReport> {
  return (await planRestore(await open(await locateBackup(path), options), options)).report;
}

function open(place: BackupPlace, options: RestoreBackupOptions): Promise<OpenedBackup> {
  return openBackup(place, {
    ...options,
    onBytes: (doneBytes) => options.onProgress?.({ phase: 'check files', doneBytes }),
  });
}
