import { text } from 'node:stream/consumers';
import { BackupDamagedError, BackupSwappedError, messageOf, StorageError } from '../errors.ts';
import { assertSigned } from '../signing/signing-key.ts';
import { LOOKS_LIKE_BACKUP } from './backup-name.ts';
import type { BackupPlace } from './backup-storage.ts';
import { MANIFEST_FILE, parseManifest, type SealedManifestHead } from './manifest.ts';

/**
 * Reads what a backup says of itself to everyone.
 *
 * @throws BackupDamagedError when there is no manifest or it was edited
 * @throws SignatureMissingError, UntrustedKeyError, SignatureInvalidError where `trustedKeys` demand a signature
 * @throws BackupSwappedError when the manifest is that of another backup than the name says
 */
export async function readManifest(
  { storage, name, path }: BackupPlace,
  trustedKeys?: readonly string[],
): Promise<SealedManifestHead> {
  let found: string;
  try {
    found = await text(storage.read(name, MANIFEST_FILE));
  } catch (error) {
    // Whoever cannot reach it knows nothing of its worth.
    if (error instanceof StorageError) throw error;
    throw new BackupDamagedError(
      `${path} is not a whole backup: ${MANIFEST_FILE} cannot be read (${messageOf(error)}). Choose another backup.`,
      { cause: error },
    );
  }
  const manifest = parseManifest(found);
  if (trustedKeys) assertSigned(manifest, storage.pathOf(name, MANIFEST_FILE), trustedKeys);
  const { id } = manifest.value;
  // An old backup could else pass for this one. A name that no backup gave itself says nothing, but is not trusted.
  if (name !== id && (trustedKeys || LOOKS_LIKE_BACKUP.test(name))) {
    throw new BackupSwappedError(path, MANIFEST_FILE, id);
  }
  return manifest.value;
}
