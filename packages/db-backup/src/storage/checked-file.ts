import { createHash } from 'node:crypto';
import type { BackupDraft, FileSink } from './backup-storage.ts';

/** Name, length and SHA-256 of a file of a backup, as the manifest states them. */
export interface FileRecord {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** ETag of the object that was uploaded; absent in a folder, and without meaning wherever the backup is copied. */
  readonly etag?: string;
}

/** A file being written; what passes is counted and hashed on the way, nothing is read back. */
export interface CheckedFile extends FileSink {
  readonly bytes: number;
}

/** Creates a file of a backup and lets `work` fill it. */
export async function writeCheckedFile(
  draft: BackupDraft,
  name: string,
  work: (file: CheckedFile) => Promise<void>,
): Promise<FileRecord> {
  const hash = createHash('sha256');
  let bytes = 0;
  const { etag } = await draft.writeFile(name, (sink) =>
    work({
      get bytes() {
        return bytes;
      },
      async write(chunk) {
        hash.update(chunk);
        bytes += chunk.length;
        await sink.write(chunk);
      },
    }),
  );
  return { name, bytes, sha256: hash.digest('hex'), ...(etag !== undefined && { etag }) };
}
