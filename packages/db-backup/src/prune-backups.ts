import { type BackupListing, listBackups } from './list-backups.ts';
import { removeBackup } from './storage/backup-folder.ts';

/**
 * Removes all but the newest backups of each database. The newest verified one always stays, however many
 * unverified ones came after it; damaged and partial folders are neither counted nor removed.
 *
 * @param options.keepLast how many to keep of each database, at least 1
 * @param options.dryRun only says what would go @default false
 * @example
 * ```ts
 * const { removed } = await pruneBackups('backups', { keepLast: 7 });
 * ```
 */
export async function pruneBackups(
  directory: string,
  options: { readonly keepLast: number; readonly dryRun?: boolean },
): Promise<{ removed: string[]; kept: string[] }> {
  if (!Number.isInteger(options.keepLast) || options.keepLast < 1) {
    throw new RangeError(`keepLast is ${options.keepLast}. Give a whole number of at least 1.`);
  }
  const byDatabase = new Map<string, BackupListing[]>();
  for (const backup of await listBackups(directory)) {
    if (backup.manifest === null) continue;
    const { name, systemIdentifier } = backup.manifest.database;
    const database = JSON.stringify([name, systemIdentifier]);
    byDatabase.set(database, [...(byDatabase.get(database) ?? []), backup]);
  }
  const removed: string[] = [];
  const kept: string[] = [];
  for (const newestFirst of byDatabase.values()) {
    const newestVerified = newestFirst.find((backup) => backup.state === 'verified');
    for (const [index, backup] of newestFirst.entries()) {
      const stays = index < options.keepLast || backup === newestVerified;
      (stays ? kept : removed).push(backup.name);
      if (!stays && !options.dryRun) await removeBackup(directory, backup.name);
    }
  }
  return { removed, kept };
}
