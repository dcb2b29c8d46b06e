import { StorageError } from '../../errors.ts';
import type { BackupStorage, StoredBackup } from '../backup-storage.ts';
import { MANIFEST_FILE } from '../manifest.ts';
import { below, parseS3Address } from './s3-address.ts';
import { openBucket, type S3Bucket } from './s3-client.ts';
import { beginDraft, WRITING } from './s3-draft.ts';
import { s3Status } from './s3-errors.ts';
import {
  byBackup,
  deleteObjects,
  type FoundObject,
  keyOf,
  listObjects,
  putConditionally,
} from './s3-keys.ts';
import { readObject } from './s3-read.ts';
import { finishRemoval, REMOVING, sweepLeftovers } from './s3-sweep.ts';

const REPLACE_ATTEMPTS = 3;

/**
 * Backups as prefixes of a bucket. The files go there in parts while they are made, the manifest last: without it there is
 * no backup. What a killed run left is swept by a later one, a quarter of an hour after its last sign of life.
 *
 * @throws StorageAddressError, StorageError
 */
export async function s3Storage(location: string): Promise<BackupStorage> {
  const bucket = await openBucket(parseS3Address(location), location);
  const { bucket: Bucket } = bucket.address;
  const storage: BackupStorage = {
    location,
    isRemote: true,
    pathOf: (...names) => below(location, ...names.filter((name) => name !== undefined)),
    async list(signal) {
      const backups = byBackup(await listObjects(bucket, '', signal));
      return [...backups].flatMap(([name, objects]) => describe(name, objects) ?? []);
    },
    async begin(name, signal) {
      const draft = await beginDraft(bucket, name, signal);
      // Whoever may write but not remove can take backups all the same.
      await sweepLeftovers(bucket, name).catch(() => undefined);
      return draft;
    },
    stat: (name, file) => statObject(bucket, keyOf(bucket, name, file), file),
    read: (name, file, signal) => readObject(bucket, keyOf(bucket, name, file), signal),
    async replaceFile(name, file, text) {
      for (let attempt = 1; attempt <= REPLACE_ATTEMPTS; attempt++) {
        const there = await storage.stat(name, file);
        if (await putConditionally(bucket, keyOf(bucket, name, file), text, there?.etag)) return;
      }
      throw new StorageError(
        `${location}: ${file} of ${name} is written by others again and again. Try again.`,
        { isRetryable: true },
      );
    },
    removeFile: (name, file) => deleteObjects(bucket, [keyOf(bucket, name, file)]),
    async remove(name) {
      const objects = byBackup(await listObjects(bucket, `${name}/`)).get(name);
      if (!objects) return;
      await bucket.call((client) =>
        client.putObject({ Bucket, Key: keyOf(bucket, name, REMOVING), Body: REMOVING }),
      );
      await finishRemoval(bucket, name, objects);
    },
    leases: {
      async write(name) {
        await bucket.call((client) =>
          client.putObject({ Bucket, Key: keyOf(bucket, name), Body: name }),
        );
      },
      async list(beginning) {
        const found = await listObjects(bucket, beginning);
        return found.map(({ path: name, modifiedAt }) => ({ name, modifiedAt, isOver: false }));
      },
      remove: (name) => deleteObjects(bucket, [keyOf(bucket, name)]),
    },
  };
  return storage;
}

/** Undefined for a backup that is being removed. */
function describe(name: string, objects: readonly FoundObject[]): StoredBackup | undefined {
  const has = (file: string): boolean => objects.some(({ path }) => path === file);
  if (has(REMOVING)) return undefined;
  const modified = objects.map(({ modifiedAt }) => modifiedAt.getTime());
  return {
    name,
    isPartial: has(WRITING) && !has(MANIFEST_FILE),
    modifiedAt: new Date(Math.max(...modified)),
    files: objects
      .filter(({ path }) => !path.startsWith('.'))
      .map(({ path, bytes, etag }) => ({ name: path, bytes, etag })),
  };
}

function statObject({ address: { bucket }, call }: S3Bucket, Key: string, name: string) {
  return call(async (client) => {
    try {
      const { ContentLength = 0, ETag = '' } = await client.headObject({ Bucket: bucket, Key });
      return { name, bytes: ContentLength, etag: ETag };
    } catch (error) {
      if (s3Status(error) === 404) return undefined;
      throw error;
    }
  });
}
