import { type BackupListing, listBackups } from './list-backups.ts';
import {
  planRetention,
  type RetentionPolicy,
  type RetentionReason,
} from './retention/plan-retention.ts';
import { openStorage } from './storage/open-storage.ts';

/** What pruning did, or would do. */
export interface PruneResult {
  /** Names of the backups that went, or would go. */
  readonly removed: readonly string[];
  readonly kept: readonly { readonly name: string; readonly reasons: readonly RetentionReason[] }[];
}

/**
 * Removes what no rule of the policy keeps, for each database by itself. The newest verified backup of a database
 * always stays, however many unverified ones came after it; damaged and partial folders are neither counted nor
 * removed, and what another run removed meanwhile is no error.
 *
 * @param options.dryRun only says what would go @default false
 * @throws RangeError for a policy that would keep nothing
 * @example
 * ```ts
 * const { removed } = await pruneBackups('backups', { keepDaily: 7, keepWeekly: 4, keepMonthly: 12 });
 * ```
 */
export async function pruneBackups(
  directory: string,
  options: RetentionPolicy & { readonly dryRun?: boolean },
): Promise<PruneResult> {
  const now = new Date();
  // A policy that cannot be is refused before anything is read.
  planRetention([], options, now);
  const byDatabase = Map.groupBy(await whole(directory), ({ manifest }) =>
    JSON.stringify([manifest.database.name, manifest.database.systemIdentifier]),
  );
  const decisions = [...byDatabase.values()].flatMap((backups) =>
    planRetention(
      backups.map(({ name, manifest, state }) => ({
        name,
        startedAt: new Date(manifest.startedAt),
        isVerified: state === 'verified',
      })),
      options,
      now,
    ),
  );
  const removed = decisions.filter(({ reasons }) => reasons.length === 0).map(({ name }) => name);
  if (!options.dryRun) {
    const storage = await openStorage(directory);
    for (const name of removed) await storage.remove(name);
  }
  return { removed, kept: decisions.filter(({ reasons }) => reasons.length > 0) };
}

type WholeBackup = BackupListing & { readonly manifest: NonNullable<BackupListing['manifest']> };

async function whole(directory: string): Promise<WholeBackup[]> {
  const backups = await listBackups(directory);
  return backups.filter((backup): backup is WholeBackup => backup.manifest !== null);
}
