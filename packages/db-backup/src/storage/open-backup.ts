/**
 * The way into a backup that may be encrypted and signed: first the manifest and who signed it, then every file as it
 * lies there, then what is inside. Nothing is given out before all of its file was compared with the manifest.
 */
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { type Catalog, parseCatalog } from '@tothub/db-catalog';
import { decrypt } from '../encryption/decrypt.ts';
import type { BackupIdentity } from '../encryption/encryption.ts';
import { BackupDamagedError, BackupSwappedError } from '../errors.ts';
import type { BackupPlace } from './backup-storage.ts';
import { checkFiles } from './check-files.ts';
import type { FileRecord } from './checked-file.ts';
import {
  CATALOG_FILE,
  CONTENTS_FILE,
  dumpFileName,
  encryptedName,
  isDataFile,
  type ManifestContents,
  type SealedManifest,
  type SealedManifestHead,
} from './manifest.ts';
import { readManifest } from './read-manifest.ts';

/** What is needed to trust and to read a backup. */
export interface OpenOptions {
  /** Secret keys or passphrases; needed where the backup is encrypted. */
  readonly identities?: readonly BackupIdentity[] | undefined;
  /** Public keys of which one must have signed. @default none is demanded */
  readonly trustedKeys?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number) => void;
}

/** A backup whose files are what its manifest says, ready to be read. */
export interface OpenedBackup {
  readonly place: BackupPlace;
  readonly manifest: SealedManifest;
  readonly catalog: Catalog;
  /** The dump; its definitions only where there are `dataFiles`. */
  readonly dump: DumpFile;
  /** Rows, where several sessions took the backup. */
  readonly dataFiles: readonly DumpFile[];
}

/** A file of a dump in clear, never held as a whole. */
export interface DumpFile {
  readonly bytes: number;
  /** Reads it from its beginning. The last piece comes only when all of it was found to be right. */
  read(): AsyncGenerator<Buffer>;
}

/** `contents.json` of an encrypted backup. */
export interface EncryptedContents extends ManifestContents {
  readonly backupId: string;
  /** The other files before they were encrypted. */
  readonly plainFiles: readonly FileRecord[];
}

/**
 * Checks a backup and opens it.
 *
 * @throws SignatureMissingError, UntrustedKeyError, SignatureInvalidError where a signature is demanded
 * @throws BackupDamagedError, BackupSwappedError when the files are not those that the manifest names
 * @throws IdentityMissingError, WrongIdentityError where it is encrypted and cannot be opened
 */
export async function openBackup(place: BackupPlace, options: OpenOptions): Promise<OpenedBackup> {
  const head = await readManifest(place, options.trustedKeys);
  await checkFiles(place, head, options);
  return openChecked(place, head, options.identities);
}

/** Opens a backup whose files were just checked. */
export async function openChecked(
  place: BackupPlace,
  head: SealedManifestHead,
  identities: readonly BackupIdentity[] | undefined,
): Promise<OpenedBackup> {
  const { storage, name: backup, path } = place;
  const dumpName = dumpFileName(head.engine.name);
  // Compared once more while it is read: what lies there may have changed since.
  const stored = (name: string) =>
    checkedPieces(storage.read(backup, name), place, recordOf(head.files, name));
  if (!head.encryption) {
    return {
      place,
      manifest: head as SealedManifest,
      catalog: parseCatalog(await text(stored(CATALOG_FILE))),
      ...dumpFiles(head.files, dumpName, stored),
    };
  }
  const decrypted = (name: string) => {
    const file = encryptedName(name);
    return decrypt(stored(file), storage.pathOf(backup, file), identities);
  };
  const { backupId, plainFiles, ...contents } = JSON.parse(
    await text(decrypted(CONTENTS_FILE)),
  ) as EncryptedContents;
  if (backupId !== head.id) {
    throw new BackupSwappedError(path, encryptedName(CONTENTS_FILE), backupId);
  }
  const read = (name: string) => checkedPieces(decrypted(name), place, recordOf(plainFiles, name));
  return {
    place,
    manifest: { ...head, ...contents },
    catalog: parseCatalog(await text(read(CATALOG_FILE))),
    ...dumpFiles(plainFiles, dumpName, read),
  };
}

function dumpFiles(
  files: readonly FileRecord[],
  dumpName: string,
  read: (name: string) => AsyncGenerator<Buffer>,
): Pick<OpenedBackup, 'dump' | 'dataFiles'> {
  const fileOf = (name: string): DumpFile => ({
    bytes: recordOf(files, name).bytes,
    read: () => read(name),
  });
  const names = files.map(({ name }) => name).filter(isDataFile);
  return { dump: fileOf(dumpName), dataFiles: names.map(fileOf) };
}

function recordOf(files: readonly FileRecord[], name: string): FileRecord {
  return files.find((file) => file.name === name) ?? { name, bytes: 0, sha256: '' };
}

/** Passes pieces on, each one late, and the last one only when length and SHA-256 of all are right. */
async function* checkedPieces(
  pieces: AsyncIterable<Buffer>,
  { storage, name }: BackupPlace,
  expected: FileRecord,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  let held: Buffer | undefined;
  for await (const piece of pieces) {
    if (held) yield held;
    held = piece;
    hash.update(piece);
    bytes += piece.length;
  }
  if (bytes !== expected.bytes || hash.digest('hex') !== expected.sha256) {
    throw new BackupDamagedError(
      `What was read of ${storage.pathOf(name, expected.name)} is not what the backup says. Do not rely on what was restored from it; use another backup.`,
    );
  }
  if (held) yield held;
}
