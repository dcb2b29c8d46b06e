import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** Name, length and SHA-256 of a file of a backup, as the manifest states them. */
export interface FileRecord {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A file being written; what passes is counted and hashed on the way, nothing is read back. */
export interface CheckedFile {
  readonly bytes: number;
  write(chunk: Uint8Array): Promise<void>;
}

/** Creates a file (mode 0600, must not exist), lets `work` fill it and closes it whatever happens. */
export async function withCheckedFile(
  path: string,
  work: (file: CheckedFile) => Promise<void>,
): Promise<{ bytes: number; sha256: string }> {
  const handle = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await work({
      get bytes() {
        return bytes;
      },
      async write(chunk) {
        hash.update(chunk);
        bytes += chunk.length;
        await handle.writeFile(chunk);
      },
    });
    await handle.sync();
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

/** Length and SHA-256 of a file as it stands on the disk. */
export async function measureFile(
  path: string,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onBytes?: (bytes: number) => void;
  } = {},
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    options.signal?.throwIfAborted();
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    options.onBytes?.(bytes);
  }
  return { bytes, sha256: hash.digest('hex') };
}
