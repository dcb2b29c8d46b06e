import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError, errorCode, StorageError } from '../../errors.ts';
import { ATTEMPTS, type S3Bucket } from './s3-client.ts';

const PAUSE_MS = 200;

/**
 * Reads an object from its beginning. A connection that breaks on the way is taken up where it broke; that it is still the
 * same object then is the server's business (`If-Match`).
 *
 * @throws StorageError
 */
export async function* readObject(
  bucket: S3Bucket,
  key: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  let offset = 0;
  let total = Number.POSITIVE_INFINITY;
  let etag: string | undefined;
  for (let attempt = 1; offset < total; attempt++) {
    const at = offset;
    try {
      const { Body, ContentLength, ETag } = await bucket.call((client) =>
        client.getObject(
          {
            Bucket: bucket.address.bucket,
            Key: key,
            ...(offset > 0 && { Range: `bytes=${offset}-`, IfMatch: etag }),
          },
          { ...(signal && { abortSignal: signal }) },
        ),
      );
      etag = ETag;
      total = offset + (ContentLength ?? 0);
      for await (const chunk of (Body ?? []) as AsyncIterable<Buffer>) {
        offset += chunk.length;
        yield chunk;
      }
      if (offset < total) throw new Error('The connection ended early.');
    } catch (error) {
      signal?.throwIfAborted();
      // What the SDK has given up is not tried again here.
      if (error instanceof BackupError) throw error;
      if (offset > at) attempt = 0;
      if (attempt >= ATTEMPTS) {
        throw new StorageError(
          `${bucket.location}: reading ${key} broke off again and again (${errorCode(error) ?? 'cut'}). Try again.`,
          { isRetryable: true, cause: error },
        );
      }
      await sleep(PAUSE_MS * 2 ** attempt * (0.5 + Math.random()), undefined, { signal });
    }
  }
}
