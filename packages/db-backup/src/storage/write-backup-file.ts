import { createHash } from 'node:crypto';
import { encryptInto } from '../encryption/encrypting-file.ts';
import type { BackupEncryption } from '../encryption/encryption.ts';
import type { BackupDraft } from './backup-storage.ts';
import { type CheckedFile, type FileRecord, writeCheckedFile } from './checked-file.ts';
import { encryptedName } from './manifest.ts';

/** A file of a backup: as it lies there, and what is in it; the same where nothing is encrypted. */
export interface WrittenFile {
  readonly stored: FileRecord;
  readonly plain: FileRecord;
}

/** Writes one file of a backup, encrypted where that is wanted; nothing of it is ever stored in clear then. */
export async function writeBackupFile(
  draft: BackupDraft,
  name: string,
  encryption: BackupEncryption | undefined,
  work: (file: CheckedFile) => Promise<void>,
): Promise<WrittenFile> {
  if (!encryption) {
    const stored = await writeCheckedFile(draft, name, work);
    return { stored, plain: stored };
  }
  const hash = createHash('sha256');
  let bytes = 0;
  const stored = await writeCheckedFile(draft, encryptedName(name), (file) =>
    encryptInto(file, encryption, (encrypted) =>
      work({
        get bytes() {
          return bytes;
        },
        async write(chunk) {
          hash.update(chunk);
          bytes += chunk.length;
          await encrypted.write(chunk);
        },
      }),
    ),
  );
  return {
    stored,
    plain: { name, bytes, sha256: hash.digest('hex') },
  };
}
