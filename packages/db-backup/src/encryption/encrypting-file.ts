import { randomBytes } from 'node:crypto';
import type { CheckedFile } from '../storage/checked-file.ts';
import { createHeader } from './age-header.ts';
import { CHUNK_BYTES, createChunkSealer, PAYLOAD_NONCE_BYTES } from './chunk-cipher.ts';
import type { BackupEncryption } from './encryption.ts';

/** Chunks that are written at once. */
const BATCH_BYTES = 16 * CHUNK_BYTES;

/** Lets `work` write into a file of the age format, which ends with `work`; memory does not grow with it. */
export async function encryptInto(
  file: CheckedFile,
  encryption: BackupEncryption,
  work: (plain: Omit<CheckedFile, 'bytes'>) => Promise<void>,
): Promise<void> {
  const { header, fileKey } = await createHeader(encryption);
  const payloadNonce = randomBytes(PAYLOAD_NONCE_BYTES);
  const seal = createChunkSealer(fileKey, payloadNonce);
  await file.write(Buffer.concat([header, payloadNonce]));

  const waiting = Buffer.allocUnsafe(BATCH_BYTES);
  let waitingBytes = 0;
  const sealWaiting = async (isEnd: boolean): Promise<void> => {
    const sealed: Buffer[] = [];
    for (let from = 0; from < waitingBytes || from === 0; from += CHUNK_BYTES) {
      const end = Math.min(from + CHUNK_BYTES, waitingBytes);
      sealed.push(...seal(waiting.subarray(from, end), isEnd && end === waitingBytes));
    }
    waitingBytes = 0;
    await file.write(Buffer.concat(sealed));
  };
  await work({
    async write(chunk) {
      for (let from = 0; from < chunk.length; ) {
        // Only when more follows is it certain that none of these is the last chunk.
        if (waitingBytes === BATCH_BYTES) await sealWaiting(false);
        const piece = chunk.subarray(from, from + BATCH_BYTES - waitingBytes);
        waiting.set(piece, waitingBytes);
        waitingBytes += piece.length;
        from += piece.length;
      }
    },
  });
  await sealWaiting(true);
}
