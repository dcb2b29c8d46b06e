import { basename, dirname, resolve } from 'node:path';
import type { BackupPlace, BackupStorage } from './backup-storage.ts';
import { directoryStorage } from './directory-storage.ts';

/** The storage behind an address, as users give it. */
export async function openStorage(location: string): Promise<BackupStorage> {
  return directoryStorage(location);
}

/** The backup behind an address, as users give it; whether there is one is not asked. */
export async function locateBackup(path: string): Promise<BackupPlace> {
  // "." and ".." have no name of their own.
  const named = /(^|[\\/])\.{0,2}[\\/]*$/.test(path) ? resolve(path) : path;
  return placeIn(await openStorage(dirname(named)), basename(named));
}

/** A backup of a storage. */
export function placeIn(storage: BackupStorage, name: string): BackupPlace {
  return { storage, name, path: storage.pathOf(name) };
}
