import { assureWhole, type BackupListing } from './inspect-backup.ts';
import { listBackups } from './list-backups.ts';
import {
  planRetention,
  type RetentionDecision,
  type RetentionPolicy,
  type RetentionReason,
} from './retention/plan-retention.ts';
import { withPruneLease } from './storage/lease.ts';
import { openStorage } from './storage/open-storage.ts';

export interface PruneOptions extends RetentionPolicy {
  /** Only says what would go. @default false */
  readonly dryRun?: boolean;
  /** Public keys of which one must have signed: what they did not sign is neither counted nor removed. */
  readonly trustedKeys?: readonly string[];
  /** How long to wait for another pruning. @default 150000 */
  readonly lockTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What pruning did, or would do. */
export interface PruneResult {
  /** Names of the backups that went, or would go. */
  readonly removed: readonly string[];
  readonly kept: readonly { readonly name: string; readonly reasons: readonly RetentionReason[] }[];
}

/**
 * Removes what no rule of the policy keeps, for each database by itself, from a directory or `s3://bucket/prefix`. The
 * newest verified backup of a database always stays, however many unverified ones came after it; before anything older
 * goes, it is known to be whole. What somebody is restoring or verifying stays too; damaged, untrusted and partial
 * backups are neither counted nor removed. Only one run prunes at a time.
 *
 * @throws RangeError for a policy that would keep nothing
 * @throws StorageLockedError when another pruning goes on for too long
 * @example
 * ```ts
 * const { removed } = await pruneBackups('backups', { keepDaily: 7, keepWeekly: 4, keepMonthly: 12 });
 * ```
 */
export async function pruneBackups(directory: string, options: PruneOptions): Promise<PruneResult> {
  // A policy that cannot be is refused before anything is read.
  planRetention([], options, new Date());
  const { trustedKeys, signal } = options;
  const trust = { ...(trustedKeys && { trustedKeys }), ...(signal && { signal }) };
  // Reading may take long and is done before the lock is taken; what counts is read again under it where it must be.
  const read = await listBackups(directory, trust);
  const planned = resultOf(await decide(read, options, () => false));
  if (options.dryRun || planned.removed.length === 0) return planned;
  const storage = await openStorage(directory);
  const locking = { waitMs: options.lockTimeoutMs, signal };
  return withPruneLease(storage, locking, async ({ isInUse, assertHeld }) => {
    const now = await listBackups(directory, { ...trust, check: 'listing' });
    const result = resultOf(await decide(known(now, read), options, isInUse));
    for (const name of result.removed) {
      signal?.throwIfAborted();
      assertHeld();
      await storage.remove(name);
    }
    return result;
  });
}

/** Those that are still there, with what was found out by reading them; who came since has not been read. */
function known(now: readonly BackupListing[], read: readonly BackupListing[]): BackupListing[] {
  const before = new Map(read.map((listing) => [listing.name, listing]));
  return now.flatMap((listing) => {
    const earlier = before.get(listing.name);
    if (!earlier || earlier.manifest?.seal !== listing.manifest?.seal) return [listing];
    return earlier.manifest === null ? [] : [{ ...listing, checked: earlier.checked }];
  });
}

type WholeBackup = BackupListing & { readonly manifest: NonNullable<BackupListing['manifest']> };

async function decide(
  listings: readonly BackupListing[],
  options: PruneOptions,
  isInUse: (name: string) => boolean,
): Promise<RetentionDecision[]> {
  const whole = listings.filter((backup): backup is WholeBackup => backup.manifest !== null);
  const byDatabase = Map.groupBy(whole, ({ manifest }) =>
    JSON.stringify([manifest.database.name, manifest.database.systemIdentifier]),
  );
  const decisions = await Promise.all(
    [...byDatabase.values()].map((backups) => decideForOne(backups, options, isInUse)),
  );
  return decisions.flat();
}

async function decideForOne(
  backups: readonly WholeBackup[],
  options: PruneOptions,
  isInUse: (name: string) => boolean,
): Promise<readonly RetentionDecision[]> {
  const decisions = planRetention(
    backups.map(({ name, manifest, state }) => ({
      name,
      startedAt: new Date(manifest.startedAt),
      // One that holds less does not stand in for the last complete one.
      isVerified: state === 'verified' && !manifest.isSelective,
      isInUse: isInUse(name),
    })),
    options,
    new Date(),
  );
  if (decisions.every(({ reasons }) => reasons.length > 0)) return decisions;
  // The proof that makes others dispensable must itself rest on more than a length.
  const { name } = decisions.find(({ reasons }) => reasons.includes('newest verified')) ?? {};
  const relied = backups.find((backup) => backup.name === name);
  if (relied?.checked !== 'sizes') return decisions;
  const { trustedKeys } = options;
  const found = await assureWhole(relied, { ...(trustedKeys && { trustedKeys }) });
  const others = backups.filter((backup) => backup !== relied);
  return decideForOne(
    found?.receipt ? [...others, { ...relied, checked: 'contents' }] : others,
    options,
    isInUse,
  );
}

function resultOf(decisions: readonly RetentionDecision[]): PruneResult {
  return {
    removed: decisions.filter(({ reasons }) => reasons.length === 0).map(({ name }) => name),
    kept: decisions.filter(({ reasons }) => reasons.length > 0),
  };
}
