import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { encryptInto } from '../encryption/encrypting-file.ts';
import type { BackupEncryption } from '../encryption/encryption.ts';
import { type CheckedFile, type FileRecord, withCheckedFile } from './checked-file.ts';
import { encryptedName } from './manifest.ts';

/** A file of a backup: as it lies there, and what is in it; the same where nothing is encrypted. */
export interface WrittenFile {
  readonly stored: FileRecord;
  readonly plain: FileRecord;
}

/** Writes one file of a backup, encrypted where that is wanted; nothing of it is ever on the disk in clear then. */
export async function writeBackupFile(
  folder: string,
  name: string,
  encryption: BackupEncryption | undefined,
  work: (file: CheckedFile) => Promise<void>,
): Promise<WrittenFile> {
  if (!encryption) {
    const stored = { name, ...(await withCheckedFile(join(folder, name), work)) };
    return { stored, plain: stored };
  }
  const hash = createHash('sha256');
  let bytes = 0;
  const written = await withCheckedFile(join(folder, encryptedName(name)), (file) =>
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
    stored: { name: encryptedName(name), ...written },
    plain: { name, bytes, sha256: hash.digest('hex') },
  };
}
