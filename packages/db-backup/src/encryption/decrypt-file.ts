import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BackupDamagedError } from '../errors.ts';
import { MAX_HEADER_BYTES, openHeader } from './age-header.ts';
import {
  createChunkOpener,
  PAYLOAD_NONCE_BYTES,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
} from './chunk-cipher.ts';
import type { BackupIdentity } from './encryption.ts';

const READ_BYTES = 1 << 20;

/**
 * Reads a file of the age format. Every piece is authentic when it is given out; that nothing is missing at the end
 * is known only when the reading ends without an error.
 *
 * @throws IdentityMissingError, WrongIdentityError, BackupDamagedError
 */
export async function* decryptFile(
  path: string,
  identities: readonly BackupIdentity[] | undefined,
): AsyncGenerator<Buffer> {
  const { header, payloadNonce } = await readHeader(path);
  const openChunk = createChunkOpener(await openHeader(header, identities, path), payloadNonce);
  const start = header.length + payloadNonce.length;
  let waiting: Buffer = Buffer.alloc(0);
  let isFirst = true;
  const opened = (sealed: Buffer, isLast: boolean): Buffer[] => {
    // The last chunk is empty only where the whole file is.
    const isTooShort = sealed.length < TAG_BYTES + (isFirst ? 0 : 1);
    isFirst = false;
    try {
      if (isTooShort) throw new Error('The last chunk is too short.');
      return openChunk(sealed, isLast);
    } catch (cause) {
      throw damaged(path, 'was altered or cut off', cause);
    }
  };
  for await (const read of createReadStream(path, { start, highWaterMark: READ_BYTES })) {
    const bytes =
      waiting.length === 0 ? (read as Buffer) : Buffer.concat([waiting, read as Buffer]);
    let from = 0;
    const plain: Buffer[] = [];
    // What may be the last chunk waits until more is read.
    for (; bytes.length - from > SEALED_CHUNK_BYTES; from += SEALED_CHUNK_BYTES) {
      plain.push(...opened(bytes.subarray(from, from + SEALED_CHUNK_BYTES), false));
    }
    if (plain.length > 0) yield Buffer.concat(plain);
    waiting = bytes.subarray(from);
  }
  yield* opened(waiting, true);
}

/** Reads no further than a header may reach, whatever lies on the disk. */
async function readHeader(path: string): Promise<{ header: Buffer; payloadNonce: Buffer }> {
  const file = await open(path);
  let beginning: Buffer;
  try {
    beginning = await readBeginning(file, MAX_HEADER_BYTES + PAYLOAD_NONCE_BYTES);
  } finally {
    await file.close();
  }
  const lastLine = beginning.indexOf('\n--- ');
  const end = lastLine < 0 ? -1 : beginning.indexOf('\n', lastLine + 1) + 1;
  const payloadNonce = beginning.subarray(end, end + PAYLOAD_NONCE_BYTES);
  if (end <= 0 || payloadNonce.length < PAYLOAD_NONCE_BYTES) {
    throw damaged(path, 'does not begin like a file of age');
  }
  return { header: beginning.subarray(0, end), payloadNonce };
}

async function readBeginning(file: FileHandle, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let used = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, used, bytes - used, used);
    used += bytesRead;
    if (bytesRead === 0 || used === bytes) return buffer.subarray(0, used);
  }
}

function damaged(path: string, what: string, cause?: unknown): BackupDamagedError {
  return new BackupDamagedError(`${path} ${what}. Do not restore from it; use another backup.`, {
    cause,
  });
}
