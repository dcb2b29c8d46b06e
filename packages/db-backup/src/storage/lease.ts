/**
 * Who is at work among the backups, so that pruning never meets another pruning, and never takes away what somebody
 * reads. Everyone first writes a small file with a name of its own and then looks at those of the others: of two who
 * come at the same moment, at least one sees the other and waits. That needs no conditional writes, only a storage that
 * lists what was written before (every file system, S3 since 2020), and one clock, which is that of the storage.
 */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, StorageDeniedError, StorageError, StorageLockedError } from '../errors.ts';
import type { BackupPlace, BackupStorage, LeaseFiles, StoredLease } from './backup-storage.ts';
import { currentOwner, formatOwner, parseOwner } from './owner.ts';

/** What a run does not renew for this long is over, whatever became of the run. */
const LEASE_MS = 120_000;
const LOOK_AGAIN_MS = 250;
const PRUNING = '.lease-prune-';
const USING = '.lease-use-';

/** Proof that the lease is still ours. */
export interface HeldLease {
  /** @throws StorageLockedError when it may have passed to somebody else, since it could not be renewed in time */
  assertHeld(): void;
}

interface LeaseOptions {
  /** How long to wait for others. @default 150000, which is longer than a dead run can hold anything */
  readonly waitMs?: number | undefined;
  /** How long a lease lasts that is not renewed; the same for all runs. @default 120000 */
  readonly expiryMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_WAIT_MS = 150_000;

/**
 * Holds off every other pruning, and everyone who wants to begin with a backup; `work` is told which backups somebody
 * is using.
 *
 * @throws StorageLockedError when another pruning goes on for too long
 */
export function withPruneLease<T>(
  storage: BackupStorage,
  options: LeaseOptions,
  work: (lease: HeldLease & { isInUse(backup: string): boolean }) => Promise<T>,
): Promise<T> {
  return withLease(storage, `${PRUNING}${newHolder()}`, options, async (lease) => {
    const users = await live(storage.leases, USING, lease.name, options.expiryMs);
    return work({
      ...lease,
      isInUse: (backup) => users.some(({ name }) => name.endsWith(markOf(backup))),
    });
  });
}

/**
 * Keeps a backup from being pruned while `work` reads it, or writes its receipt. Where nothing may be written, `work` runs
 * all the same: if the backup goes meanwhile, it fails.
 */
export async function withUseLease<T>(
  { storage, name }: BackupPlace,
  options: LeaseOptions,
  work: () => Promise<T>,
): Promise<T> {
  let hasBegun = false;
  try {
    return await withLease(storage, `${USING}${newHolder()}${markOf(name)}`, options, () => {
      hasBegun = true;
      return work();
    });
  } catch (error) {
    if (hasBegun || !isUnwritable(error)) throw error;
    return work();
  }
}

async function withLease<T>(
  { leases, location }: BackupStorage,
  name: string,
  { waitMs = DEFAULT_WAIT_MS, expiryMs = LEASE_MS, signal }: LeaseOptions,
  work: (lease: HeldLease & { readonly name: string }) => Promise<T>,
): Promise<T> {
  const renewMs = expiryMs / 4;
  const giveUpAt = Date.now() + waitMs;
  let renewedAt = Date.now();
  const renew = async (): Promise<void> => {
    const at = Date.now();
    assertHeld();
    await leases.write(name);
    renewedAt = at;
  };
  const assertHeld = (): void => {
    // Our time began before that of the storage, so we give up first.
    if (Date.now() - renewedAt < expiryMs - renewMs) return;
    throw new StorageLockedError(
      `${location}: the lock could not be renewed in time and may have passed to another run. Nothing more was changed; run again.`,
    );
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      signal?.throwIfAborted();
      renewedAt = Date.now();
      await leases.write(name);
      const [other] = await live(leases, PRUNING, name, expiryMs);
      if (!other) break;
      await leases.remove(name);
      if (Date.now() > giveUpAt) throw lockedBy(other, location, expiryMs);
      await sleep(LOOK_AGAIN_MS * (0.5 + Math.random()), undefined, { signal });
    }
    timer = setInterval(() => void renew().catch(() => undefined), renewMs);
    timer.unref();
    return await work({ name, assertHeld });
  } finally {
    clearInterval(timer);
    // Where it stays, it is over soon.
    await leases.remove(name).catch(() => undefined);
  }
}

/** Leases of others that are not over; those that are get removed. */
async function live(
  leases: LeaseFiles,
  beginning: string,
  own: string,
  expiryMs = LEASE_MS,
): Promise<StoredLease[]> {
  const found = await leases.list('.lease-');
  const now = found.find(({ name }) => name === own)?.modifiedAt;
  if (!now) {
    throw new StorageError(
      'The storage does not show at once what was written to it, so that runs cannot be kept apart there. Use another one.',
    );
  }
  const isOver = (lease: StoredLease): boolean =>
    lease.isOver || now.getTime() - lease.modifiedAt.getTime() > expiryMs;
  for (const { name } of found.filter(isOver)) await leases.remove(name);
  return found.filter(
    (lease) => lease.name !== own && lease.name.startsWith(beginning) && !isOver(lease),
  );
}

function newHolder(): string {
  return `${formatOwner(currentOwner())}_${randomBytes(6).toString('hex')}`;
}

/** A backup in the name of a lease: short, whatever it is called. */
function markOf(backup: string): string {
  return `_${createHash('sha256').update(backup).digest('hex').slice(0, 16)}`;
}

function lockedBy(
  { name, modifiedAt }: StoredLease,
  location: string,
  expiryMs: number,
): StorageLockedError {
  const owner = parseOwner(name);
  const who = owner ? `process ${owner.pid} of host ${owner.host}` : 'another run';
  return new StorageLockedError(
    `${location}: ${who} is pruning backups (last sign of life ${modifiedAt.toISOString()}). Wait for it to end; if it is dead, its lock ends within ${Math.ceil(expiryMs / 1000)} s.`,
  );
}

function isUnwritable(error: unknown): boolean {
  const isRefused = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'].includes(
    errorCode(error) ?? '',
  );
  return isRefused || error instanceof StorageDeniedError;
}
