import {
  BackupDamagedError,
  SignatureInvalidError,
  SignatureMissingError,
  UntrustedKeyError,
} from './errors.ts';
import { LOOKS_LIKE_BACKUP } from './storage/backup-name.ts';
import type { BackupPlace, StoredBackup } from './storage/backup-storage.ts';
import { checkFiles, compareListing } from './storage/check-files.ts';
import { MANIFEST_FILE, type SealedManifestHead } from './storage/manifest.ts';
import { locateBackup } from './storage/open-storage.ts';
import { readManifest } from './storage/read-manifest.ts';
import { levelOf, type Receipt, readReceipt } from './storage/receipt.ts';
import type { VerificationLevel } from './verify/verification-level.ts';

/** A backup, or what is left of one, and what it is worth. */
export interface BackupListing {
  readonly name: string;
  readonly path: string;
  /**
   * `verified`: whole, restored and found identical. `unverified`: whole, not proven. `damaged`: not what its
   * manifest says. `untrusted`: it, or its receipt, lacks the signature that was demanded. `partial`: still being
   * written, or left by a run that was killed.
   */
  readonly state: 'verified' | 'unverified' | 'damaged' | 'untrusted' | 'partial';
  /**
   * What `whole` rests on. `contents`: every file was read and its SHA-256 compared. `unchanged`: nothing was read; by
   * their ETags, the objects are the very ones that were uploaded. `sizes`: nothing was read, and only lengths could be
   * compared. Null where it is neither verified nor unverified.
   */
  readonly checked: 'contents' | 'unchanged' | 'sizes' | null;
  readonly bytes: number;
  /** Milliseconds since the backup was begun. */
  readonly ageMs: number;
  /** What it says of itself to everyone; null where it is neither verified nor unverified. */
  readonly manifest: SealedManifestHead | null;
  /** The proof that it was restored and found identical; less than that is no proof. */
  readonly receipt: Receipt | null;
  /** How much was ever proven of it; null where nothing was. */
  readonly level: VerificationLevel | null;
  /** Why it is damaged or untrusted, or should be read. */
  readonly problem: string | null;
}

export interface InspectBackupOptions {
  /** Public keys of which one must have signed manifest and receipt. @default none is demanded */
  readonly trustedKeys?: readonly string[];
  /**
   * `contents` reads every file; `listing` compares what the storage says of it.
   * @default 'contents' in a folder, 'listing' in S3, where reading costs time and money
   */
  readonly check?: 'contents' | 'listing';
  readonly signal?: AbortSignal;
}

/**
 * Says of one backup what it is worth; undefined where there is none.
 *
 * @throws StorageError where the storage cannot be reached
 * @example
 * ```ts
 * const backup = await inspectBackup('backups/app-20260101T000000Z-1a2b3c');
 * ```
 */
export async function inspectBackup(
  path: string,
  options: InspectBackupOptions = {},
): Promise<BackupListing | undefined> {
  const place = await locateBackup(path);
  const stored = (await place.storage.list(options.signal)).find(({ name }) => name === place.name);
  return stored && inspectStored(place, stored, options);
}

/** The same of a backup that was listed; undefined also for what has nothing to do with backups. */
export async function inspectStored(
  place: BackupPlace,
  { name, isPartial, modifiedAt, files }: StoredBackup,
  options: InspectBackupOptions,
): Promise<BackupListing | undefined> {
  const { storage, path } = place;
  const unknown = {
    name,
    path,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    ageMs: Date.now() - modifiedAt.getTime(),
    checked: null,
    manifest: null,
    receipt: null,
    level: null,
    problem: null,
  };
  if (isPartial) return { ...unknown, state: 'partial' };
  const hasManifest = files.some((file) => file.name === MANIFEST_FILE);
  if (!LOOKS_LIKE_BACKUP.test(name) && !hasManifest) return undefined;
  try {
    const manifest = await readManifest(place, options.trustedKeys);
    const check = options.check ?? (storage.isRemote ? 'listing' : 'contents');
    const compared = compareListing(place, manifest, files);
    if (check === 'contents') await checkFiles(place, manifest, options);
    const found = await readReceipt(place, manifest, options.trustedKeys);
    const level = found && levelOf(found);
    const receipt = level === 'identical' ? found : null;
    return {
      ...unknown,
      state: receipt ? 'verified' : 'unverified',
      checked: check === 'contents' ? check : compared,
      ageMs: Date.now() - Date.parse(manifest.startedAt),
      manifest,
      receipt,
      level,
    };
  } catch (error) {
    if (error instanceof BackupDamagedError) {
      // Removed while we looked.
      if (hasManifest && !(await storage.stat(name, MANIFEST_FILE))) return undefined;
      return { ...unknown, state: 'damaged', problem: error.message };
    }
    if (SIGNATURE_ERRORS.some((kind) => error instanceof kind)) {
      return { ...unknown, state: 'untrusted', problem: (error as Error).message };
    }
    throw error;
  }
}

/** Reads a backup of which too little is known to rely on it. */
export async function assureWhole(
  listing: BackupListing,
  options: InspectBackupOptions,
): Promise<BackupListing | undefined> {
  if (listing.checked !== 'sizes') return listing;
  return inspectBackup(listing.path, { ...options, check: 'contents' });
}

const SIGNATURE_ERRORS = [SignatureMissingError, UntrustedKeyError, SignatureInvalidError];
