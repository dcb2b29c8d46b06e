import { createHash } from 'node:crypto';
import { BackupDamagedError } from '../errors.ts';
import type { BackupPlace, StoredFile } from './backup-storage.ts';
import { fileNames, type SealedManifestHead } from './manifest.ts';

/**
 * Compares what a storage says of the files of a backup with its manifest, and reads nothing: `unchanged` where every
 * object still has the ETag that it was given when it was uploaded, `sizes` where only lengths can be compared.
 *
 * @throws BackupDamagedError as `checkFiles`
 */
export function compareListing(
  place: BackupPlace,
  manifest: SealedManifestHead,
  stored: readonly StoredFile[],
): 'unchanged' | 'sizes' {
  const found = new Map(stored.map((file) => [file.name, file]));
  assertComplete(place, manifest);
  for (const file of manifest.files) {
    assertSize(place, file, found.get(file.name));
  }
  const isUnchanged = manifest.files.every(
    ({ name, etag }) => etag !== undefined && etag === found.get(name)?.etag,
  );
  return isUnchanged ? 'unchanged' : 'sizes';
}

/**
 * Compares every file of a backup with its manifest: length first, then SHA-256.
 *
 * @throws BackupDamagedError naming the first file that differs
 */
export async function checkFiles(
  place: BackupPlace,
  manifest: SealedManifestHead,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onBytes?: (bytes: number) => void;
  } = {},
): Promise<void> {
  const { storage, name: backup } = place;
  assertComplete(place, manifest);
  for (const file of manifest.files) {
    assertSize(place, file, await storage.stat(backup, file.name));
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of storage.read(backup, file.name, options.signal)) {
      options.signal?.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      options.onBytes?.(bytes);
    }
    if (hash.digest('hex') !== file.sha256)
      throw damaged(place, file.name, 'was altered: its SHA-256 differs');
  }
}

function assertComplete(place: BackupPlace, manifest: SealedManifestHead): void {
  const names = new Set(manifest.files.map((file) => file.name));
  for (const needed of fileNames(manifest)) {
    if (!names.has(needed)) throw damaged(place, needed, 'is not in the manifest');
  }
}

function assertSize(
  place: BackupPlace,
  { name, bytes }: StoredFile,
  found: StoredFile | undefined,
): void {
  if (!found) throw damaged(place, name, 'is missing');
  if (found.bytes !== bytes) {
    throw damaged(place, name, `has ${found.bytes} bytes instead of ${bytes}`);
  }
}

function damaged({ storage, name }: BackupPlace, file: string, what: string): BackupDamagedError {
  return new BackupDamagedError(
    `${storage.pathOf(name, file)} ${what}. Do not restore from it; use another backup.`,
  );
}
