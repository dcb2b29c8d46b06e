import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BackupDamagedError,
  SignatureInvalidError,
  SignatureMissingError,
  UntrustedKeyError,
} from './errors.ts';
import {
  checkFiles,
  isPartialName,
  LOOKS_LIKE_BACKUP,
  readManifest,
} from './storage/backup-folder.ts';
import { MANIFEST_FILE, type SealedManifestHead } from './storage/manifest.ts';
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
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const listings: BackupListing[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || (entry.name.startsWith('.') && !isPartialName(entry.name)))
      continue;
    const listing = await inspectFolder(directory, entry.name, options).catch((error: unknown) => {
      // Removed, or given its final name, while we looked.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (listing) listings.push(listing);
  }
  return listings.sort((a, b) => a.ageMs - b.ageMs || (a.name < b.name ? 1 : -1));
}

async function inspectFolder(
  directory: string,
  name: string,
  options: ListBackupsOptions,
): Promise<BackupListing | undefined> {
  const path = join(directory, name);
  const base = {
    name,
    path,
    ...(await sizeAndAge(path)),
    manifest: null,
    receipt: null,
    problem: null,
  };
  if (isPartialName(name)) return { ...base, state: 'partial' };
  if (!LOOKS_LIKE_BACKUP.test(name) && !(await readdir(path)).includes(MANIFEST_FILE))
    return undefined;
  try {
    const manifest = await readManifest(path, options.trustedKeys);
    await checkFiles(path, manifest, options);
    const receipt = await readReceipt(path, manifest, options.trustedKeys);
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

async function sizeAndAge(path: string): Promise<{ bytes: number; ageMs: number }> {
  let bytes = 0;
  for (const file of await readdir(path, { withFileTypes: true })) {
    if (file.isFile()) bytes += (await stat(join(path, file.name))).size;
  }
  return { bytes, ageMs: Date.now() - (await stat(path)).mtimeMs };
}
