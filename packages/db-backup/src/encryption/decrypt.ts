import { BackupDamagedError } from '../errors.ts';
import { MAX_HEADER_BYTES, openHeader } from './age-header.ts';
import {
  createChunkOpener,
  PAYLOAD_NONCE_BYTES,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
} from './chunk-cipher.ts';
import type { BackupIdentity } from './encryption.ts';

/**
 * Decrypts a file of the age format while it is read. Every piece is authentic when it is given out; that nothing is
 * missing at the end is known only when the reading ends without an error.
 *
 * @throws IdentityMissingError, WrongIdentityError, BackupDamagedError
 */
export async function* decrypt(
  source: AsyncIterable<Buffer>,
  path: string,
  identities: readonly BackupIdentity[] | undefined,
): AsyncGenerator<Buffer> {
  let openChunk: ReturnType<typeof createChunkOpener> | undefined;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isFirst = true;
  const opened = (sealed: Buffer, isLast: boolean): Buffer[] => {
    // The last chunk is empty only where the whole file is.
    const isTooShort = sealed.length < TAG_BYTES + (isFirst ? 0 : 1);
    isFirst = false;
    try {
      if (!openChunk || isTooShort) throw new Error('The last chunk is too short.');
      return openChunk(sealed, isLast);
    } catch (cause) {
      throw damaged(path, 'was altered or cut off', cause);
    }
  };
  for await (const piece of source) {
    waiting.push(piece);
    waitingBytes += piece.length;
    // What may be the last chunk waits until more is read.
    if (openChunk && waitingBytes <= SEALED_CHUNK_BYTES) continue;
    let bytes = waiting.length === 1 ? piece : Buffer.concat(waiting);
    if (!openChunk) {
      const end = endOfHeader(bytes);
      if (end !== undefined) {
        const fileKey = await openHeader(bytes.subarray(0, end), identities, path);
        openChunk = createChunkOpener(fileKey, bytes.subarray(end, end + PAYLOAD_NONCE_BYTES));
        bytes = bytes.subarray(end + PAYLOAD_NONCE_BYTES);
      } else if (bytes.length > MAX_HEADER_BYTES) break;
    }
    let from = 0;
    if (openChunk) {
      const plain: Buffer[] = [];
      for (; bytes.length - from > SEALED_CHUNK_BYTES; from += SEALED_CHUNK_BYTES) {
        plain.push(...opened(bytes.subarray(from, from + SEALED_CHUNK_BYTES), false));
      }
      if (plain.length > 0) yield Buffer.concat(plain);
    }
    waiting = [bytes.subarray(from)];
    waitingBytes = bytes.length - from;
  }
  if (!openChunk) throw damaged(path, 'does not begin like a file of age');
  yield* opened(Buffer.concat(waiting), true);
}

/** Where the header ends, once it and the nonce behind it are there. */
function endOfHeader(bytes: Buffer): number | undefined {
  const lastLine = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n--- ');
  if (lastLine < 0) return undefined;
  const end = bytes.indexOf('\n', lastLine + 1) + 1;
  return end > 0 && bytes.length >= end + PAYLOAD_NONCE_BYTES ? end : undefined;
}

function damaged(path: string, what: string, cause?: unknown): BackupDamagedError {
  return new BackupDamagedError(`${path} ${what}. Do not restore from it; use another backup.`, {
    cause,
  });
}
