import { createHash } from 'node:crypto';
import { BackupDamagedError, BackupSwappedError } from '../errors.ts';
import { LOOKS_LIKE_BACKUP } from './backup-name.ts';
import type { BackupPlace } from './backup-storage.ts';
import { fileNames, MANIFEST_FILE, type SealedManifestHead } from './manifest.ts';

/**
 * Compares every file of a backup with its manifest: length first, then SHA-256.
 *
 * @throws BackupDamagedError naming the first file that differs
 * @throws BackupSwappedError when it differs because the manifest is that of another backup
 */
export async function checkFiles(
  place: BackupPlace,
  manifest: SealedManifestHead,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onBytes?: (bytes: number) => void;
  } = {},
): Promise<void> {
  const { storage, name: backup, path } = place;
  const damaged = (name: string, what: string): BackupDamagedError =>
    LOOKS_LIKE_BACKUP.test(backup) && backup !== manifest.id
      ? new BackupSwappedError(path, MANIFEST_FILE, manifest.id)
      : new BackupDamagedError(
          `${path}/${name} ${what}. Do not restore from it; use another backup.`,
        );
  const names = new Set(manifest.files.map((file) => file.name));
  for (const needed of fileNames(manifest)) {
    if (!names.has(needed)) throw damaged(needed, 'is not in the manifest');
  }
  for (const file of manifest.files) {
    const found = await storage.stat(backup, file.name);
    if (!found) throw damaged(file.name, 'is missing');
    if (found.bytes !== file.bytes) {
      throw damaged(file.name, `has ${found.bytes} bytes instead of ${file.bytes}`);
    }
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of storage.read(backup, file.name, options.signal)) {
      options.signal?.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      options.onBytes?.(bytes);
    }
    if (hash.digest('hex') !== file.sha256)
      throw damaged(file.name, 'was altered: its SHA-256 differs');
  }
}
