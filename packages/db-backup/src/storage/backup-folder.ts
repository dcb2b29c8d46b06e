import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { BackupDamagedError, BackupSwappedError, errorCode, messageOf } from '../errors.ts';
import { assertSigned } from '../signing/signing-key.ts';
import { measureFile } from './checked-file.ts';
import { fileNames, MANIFEST_FILE, parseManifest, type SealedManifestHead } from './manifest.ts';
import { currentOwner, formatOwner, isOver, parseOwner } from './owner.ts';
import { syncFolder } from './sync-folder.ts';

const PARTIAL = '.partial-';
const LEAVING = '.removing-';

/** True for the name of a folder that is still being written, or was left half-written. */
export function isPartialName(name: string): boolean {
  return name.startsWith(PARTIAL);
}

/** Name of a new backup: database, UTC time and six random hexadecimal digits, safe on every file system. */
export function newBackupId(database: string, at: Date): string {
  const safe = database.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60) || '_';
  const time = at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return `${safe}-${time}-${randomBytes(3).toString('hex')}`;
}

/** What `newBackupId` prints, at its end. */
export const LOOKS_LIKE_BACKUP = /-\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/**
 * Lets `work` fill a folder under a temporary name, and gives it its own name only when all is done and
 * synced. A failure removes it; a killed run leaves a `.partial-…` that the next one sweeps.
 */
export async function withNewBackupFolder(
  directory: string,
  id: string,
  work: (partial: string) => Promise<void>,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  await sweepLeftovers(directory);
  const partial = join(directory, `${PARTIAL}${formatOwner(currentOwner())}_${id}`);
  const path = join(directory, id);
  await mkdir(partial, { mode: 0o700 });
  try {
    await work(partial);
    await syncFolder(partial);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(directory);
  return path;
}

/** Removes what dead runs left half-written or half-removed. */
async function sweepLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = parseOwner(name);
    if (name.startsWith(LEAVING) || (isPartialName(name) && owner && isOver(owner))) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}

/** Removes a backup so that at no moment half of it bears its name. One that is gone already is no error. */
export async function removeBackup(directory: string, name: string): Promise<void> {
  const leaving = join(directory, `${LEAVING}${name}`);
  try {
    await rename(join(directory, name), leaving);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  await rm(leaving, { recursive: true, force: true });
}

/**
 * Reads what a backup says of itself to everyone.
 *
 * @throws BackupDamagedError when there is no manifest or it was edited
 * @throws SignatureMissingError, UntrustedKeyError, SignatureInvalidError where `trustedKeys` demand a signature
 * @throws BackupSwappedError when a signature is demanded and the folder bears the name of another backup
 */
export async function readManifest(
  path: string,
  trustedKeys?: readonly string[],
): Promise<SealedManifestHead> {
  const file = join(path, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new BackupDamagedError(
      `${path} is not a whole backup: ${MANIFEST_FILE} cannot be read (${messageOf(error)}). Choose another backup.`,
      { cause: error },
    );
  }
  const manifest = parseManifest(text);
  if (trustedKeys) {
    assertSigned(manifest, file, trustedKeys);
    // An old backup, signed long ago, could else pass for this one.
    const { id } = manifest.value;
    if (basename(resolve(path)) !== id) throw new BackupSwappedError(path, MANIFEST_FILE, id);
  }
  return manifest.value;
}

/**
 * Compares every file of a backup with its manifest: length first, then SHA-256.
 *
 * @throws BackupDamagedError naming the first file that differs
 * @throws BackupSwappedError when it differs because the manifest is that of another backup
 */
export async function checkFiles(
  path: string,
  manifest: SealedManifestHead,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onBytes?: (bytes: number) => void;
  } = {},
): Promise<void> {
  const damaged = (name: string, what: string): BackupDamagedError =>
    LOOKS_LIKE_BACKUP.test(basename(path)) && basename(path) !== manifest.id
      ? new BackupSwappedError(path, MANIFEST_FILE, manifest.id)
      : new BackupDamagedError(
          `${join(path, name)} ${what}. Do not restore from it; use another backup.`,
        );
  const names = new Set(manifest.files.map((file) => file.name));
  for (const needed of fileNames(manifest)) {
    if (!names.has(needed)) throw damaged(needed, 'is not in the manifest');
  }
  for (const file of manifest.files) {
    const found = await stat(join(path, file.name)).catch(() => undefined);
    if (!found?.isFile()) throw damaged(file.name, 'is missing');
    if (found.size !== file.bytes) {
      throw damaged(file.name, `has ${found.size} bytes instead of ${file.bytes}`);
    }
    const measured = await measureFile(join(path, file.name), options);
    if (measured.sha256 !== file.sha256)
      throw damaged(file.name, 'was altered: its SHA-256 differs');
  }
}
