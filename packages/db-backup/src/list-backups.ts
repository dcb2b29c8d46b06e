import {
  BackupDamagedError,
  SignatureInvalidError,
  SignatureMissingError,
  UntrustedKeyError,
} from './errors.ts';
import { LOOKS_LIKE_BACKUP } from './storage/backup-name.ts';
import type { BackupStorage, StoredBackup } from './storage/backup-storage.ts';
import { checkFiles } from './storage/check-files.ts';
import { MANIFEST_FILE, type SealedManifestHead } from './storage/manifest.ts';
import { openStorage, placeIn } from './storage/open-storage.ts';
import { readManifest } from './storage/read-manifest.ts';
import { type Receipt, readReceipt } from './storage/receipt.ts';

/** A folder of the backup directory and what it is worth. */
export interface BackupListing {
  readonly name: string;
  readonly path: string;
  /**
   * `verified`: whole, and proven by a restore. `unverified`: whole, not proven. `damaged`: not what its
   * manifest says. `untrusted`: it, or its receipt, lacks the signature that was demanded. `partial`: still being
   * written, or left by a run that was killed.
   */
  readonly state: 'verified' | 'unverified' | 'damaged' | 'untrusted' | 'partial';
  readonly bytes: number;
  /** Milliseconds since the backup was begun. */
  readonly ageMs: number;
  /** What it says of itself to everyone; null where it is neither verified nor unverified. */
  readonly manifest: SealedManifestHead | null;
  readonly receipt: Receipt | null;
  /** Why it is damaged or untrusted. */
  readonly problem: string | null;
}

export interface ListBackupsOptions {
  /** Public keys of which one must have signed manifest and receipt. @default none is demanded */
  readonly trustedKeys?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Lists the backups of a directory, newest first. Every file is read and its SHA-256 compared, so that a
 * damaged backup is never shown as a good one; encrypted ones need no identity for that. Folders that have nothing to
 * do with backups are left out.
 *
 * @example
 * ```ts
 * for (const { name, state } of await listBackups('backups')) console.log(name, state);
 * ```
 */
export async function listBackups(
  directory: string,
  options: ListBackupsOptions = {},
): Promise<BackupListing[]> {
  const storage = await openStorage(directory);
  const listings: BackupListing[] = [];
  for (const stored of await storage.list(options.signal)) {
    const listing = await inspectBackup(storage, stored, options);
    if (listing) listings.push(listing);
  }
  return listings.sort((a, b) => a.ageMs - b.ageMs || (a.name < b.name ? 1 : -1));
}

async function inspectBackup(
  storage: BackupStorage,
  { name, isPartial, modifiedAt, files }: StoredBackup,
  options: ListBackupsOptions,
): Promise<BackupListing | undefined> {
  const place = placeIn(storage, name);
  const base = {
    name,
    path: place.path,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    ageMs: Date.now() - modifiedAt.getTime(),
    manifest: null,
    receipt: null,
    problem: null,
  };
  if (isPartial) return { ...base, state: 'partial' };
  if (!LOOKS_LIKE_BACKUP.test(name) && !files.some((file) => file.name === MANIFEST_FILE))
    return undefined;
  try {
    const manifest = await readManifest(place, options.trustedKeys);
    await checkFiles(place, manifest, options);
    const receipt = await readReceipt(place, manifest, options.trustedKeys);
    const ageMs = Date.now() - Date.parse(manifest.startedAt);
    return { ...base, ageMs, state: receipt ? 'verified' : 'unverified', manifest, receipt };
  } catch (error) {
    if (error instanceof BackupDamagedError) {
      return { ...base, state: 'damaged', problem: error.message };
    }
    if (SIGNATURE_ERRORS.some((kind) => error instanceof kind)) {
      return { ...base, state: 'untrusted', problem: (error as Error).message };
    }
    throw error;
  }
}

const SIGNATURE_ERRORS = [SignatureMissingError, UntrustedKeyError, SignatureInvalidError];
