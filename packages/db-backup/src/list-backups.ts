import { type BackupListing, type InspectBackupOptions, inspectStored } from './inspect-backup.ts';
import { atMost } from './storage/at-most.ts';
import { openStorage, placeIn } from './storage/open-storage.ts';

/** Backups of a bucket that are looked at side by side. */
const PARALLEL = 8;

/**
 * Lists the backups of a directory or of `s3://bucket/prefix`, newest first. In a directory every file is read and its
 * SHA-256 compared, so that a damaged backup is never shown as a good one; in S3 only manifests and receipts are read,
 * and `checked` says what the state rests on. Encrypted backups need no identity for that. What has nothing to do with
 * backups is left out.
 *
 * @throws StorageError where the storage cannot be reached
 * @example
 * ```ts
 * for (const { name, state } of await listBackups('backups')) console.log(name, state);
 * ```
 */
export async function listBackups(
  directory: string,
  options: InspectBackupOptions = {},
): Promise<BackupListing[]> {
  const storage = await openStorage(directory);
  const limit = atMost(storage.isRemote ? PARALLEL : 1);
  const listings = await Promise.all(
    (await storage.list(options.signal)).map((stored) =>
      limit(() => inspectStored(placeIn(storage, stored.name), stored, options)),
    ),
  );
  return listings
    .filter((listing) => listing !== undefined)
    .sort((a, b) => a.ageMs - b.ageMs || (a.name < b.name ? 1 : -1));
}
