import { text } from 'node:stream/consumers';
import { StorageError } from '../../errors.ts';
import { atMost } from '../at-most.ts';
import type { BackupDraft } from '../backup-storage.ts';
import { MANIFEST_FILE } from '../manifest.ts';
import { currentOwner, formatOwner } from '../owner.ts';
import type { S3Bucket } from './s3-client.ts';
import { deleteObjects, keyOf, listObjects, putConditionally } from './s3-keys.ts';
import { readObject } from './s3-read.ts';
import { type UploadedObject, uploadObject } from './s3-upload.ts';

/** Lies in a backup that is being written, and is written anew again and again while its run lives. */
export const WRITING = '.writing';
const RENEW_MS = 60_000;
/** A run that has not renewed its mark for this long is dead, and what it wrote may be swept. */
export const STALE_MS = 15 * 60_000;
/** Uploads at once, of all files of a backup together: with those being filled, what is held in memory. */
const PARALLEL = 4;
const DISCARD_TIMEOUT_MS = 20_000;

/** Begins a backup: from now on its mark says that somebody is writing it. */
export async function beginDraft(
  bucket: S3Bucket,
  name: string,
  signal: AbortSignal | undefined,
): Promise<BackupDraft> {
  const lane = { limit: atMost(PARALLEL), spare: [] };
  const uploaded = new Map<string, UploadedObject>();
  const mark = keyOf(bucket, name, WRITING);
  let renewedAt = 0;
  const taken = (): StorageError =>
    new StorageError(
      `${bucket.location}: somebody else has written a backup called ${name}. Run again.`,
      { isRetryable: true },
    );
  const renew = async (abortSignal: AbortSignal | undefined): Promise<void> => {
    const at = Date.now();
    await bucket.call((client) =>
      client.putObject(
        { Bucket: bucket.address.bucket, Key: mark, Body: formatOwner(currentOwner()) },
        { ...(abortSignal && { abortSignal }) },
      ),
    );
    renewedAt = at;
  };
  // Not every server minds the condition of the manifest; names are random, so this costs one request and says no never.
  if ((await listObjects(bucket, `${name}/`, signal)).length > 0) throw taken();
  await renew(signal);
  const stop = new AbortController();
  const timer = setInterval(() => void renew(stop.signal).catch(() => undefined), RENEW_MS);
  timer.unref();
  const stopRenewing = (): void => {
    clearInterval(timer);
    stop.abort();
  };
  const any = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;

  /** What is there now must be what was confirmed when it was written. */
  const assertWhole = async (): Promise<void> => {
    const found = new Map(
      (await listObjects(bucket, `${name}/`)).map((object) => [object.path, object]),
    );
    if (found.has(`${name}/${MANIFEST_FILE}`) && !uploaded.has(MANIFEST_FILE)) throw taken();
    for (const [file, { bytes, etag }] of uploaded) {
      const object = found.get(`${name}/${file}`);
      if (object?.bytes !== bytes || object.etag !== etag) {
        throw new StorageError(
          `${bucket.location}: ${file} of ${name} was removed or replaced by somebody else while the backup was written. Find out who writes there, and run again.`,
        );
      }
    }
  };

  return {
    async writeFile(file, work) {
      const object = await uploadObject(bucket, keyOf(bucket, name, file), lane, any, work);
      uploaded.set(file, object);
      return object;
    },
    async publish(manifest) {
      if (Date.now() - renewedAt > STALE_MS / 2) {
        throw new StorageError(
          `${bucket.location}: this run stood still or was cut off for so long that others may have swept what it wrote. Run again.`,
          { isRetryable: true },
        );
      }
      await assertWhole();
      const key = keyOf(bucket, name, MANIFEST_FILE);
      if (!(await putConditionally(bucket, key, manifest, undefined))) {
        // An earlier try may have arrived, and only its answer have been lost.
        const there = await text(readObject(bucket, key)).catch(() => undefined);
        if (there !== manifest) throw taken();
      }
      uploaded.set(MANIFEST_FILE, await confirmed(bucket, key));
      try {
        await assertWhole();
      } catch (error) {
        await deleteObjects(bucket, [key]);
        throw error;
      }
      stopRenewing();
      // From here on the backup is there; a mark that stays is swept.
      await deleteObjects(bucket, [mark]).catch(() => undefined);
    },
    async discard() {
      stopRenewing();
      const keys = [...uploaded.keys()].map((file) => keyOf(bucket, name, file));
      const deadline = AbortSignal.timeout(DISCARD_TIMEOUT_MS);
      await deleteObjects(bucket, [...keys, mark], deadline).catch(() => undefined);
    },
  };
}

async function confirmed(bucket: S3Bucket, key: string): Promise<UploadedObject> {
  const { ContentLength = 0, ETag = '' } = await bucket.call((client) =>
    client.headObject({ Bucket: bucket.address.bucket, Key: key }),
  );
  return { bytes: ContentLength, etag: ETag };
}
