import { basename, dirname, resolve } from 'node:path';
import type { BackupPlace, BackupStorage } from './backup-storage.ts';
import { directoryStorage } from './directory-storage.ts';
import { isS3Address, parentOf } from './s3/s3-address.ts';
import { s3Storage } from './s3/s3-storage.ts';

/**
 * The storage behind an address, as users give it.
 *
 * @throws StorageAddressError, StorageError
 */
export async function openStorage(location: string): Promise<BackupStorage> {
  return isS3Address(location) ? s3Storage(location) : directoryStorage(location);
}

export { isS3Address };

/** An address that means the same from any working directory: folders are made absolute, buckets stay as they are. */
export function resolveBackupAddress(address: string): string {
  return isS3Address(address) ? address : resolve(address);
}

/** The backup behind an address, as users give it; whether there is one is not asked. */
export async function locateBackup(path: string): Promise<BackupPlace> {
  if (isS3Address(path)) {
    const { parent, name } = parentOf(path);
    return placeIn(await openStorage(parent), name);
  }
  // "." and ".." have no name of their own.
  const named = /(^|[\\/])\.{0,2}[\\/]*$/.test(path) ? resolve(path) : path;
  return placeIn(await openStorage(dirname(named)), basename(named));
}

/** A backup of a storage. */
export function placeIn(storage: BackupStorage, name: string): BackupPlace {
  return { storage, name, path: storage.pathOf(name) };
}
