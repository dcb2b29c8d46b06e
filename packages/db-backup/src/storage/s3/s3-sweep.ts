import { LOOKS_LIKE_BACKUP } from '../backup-name.ts';
import { MANIFEST_FILE } from '../manifest.ts';
import type { S3Bucket } from './s3-client.ts';
import { STALE_MS, WRITING } from './s3-draft.ts';
import { byBackup, deleteObjects, type FoundObject, keyOf, listObjects } from './s3-keys.ts';

/** Lies in a backup that is being removed: from then on it is none. */
export const REMOVING = '.removing';

/**
 * Removes what dead runs left: half-written backups whose mark is no longer renewed, half-removed ones, and uploads that
 * were never completed. All times are those of the server; `self` is the name of the backup just begun, whose mark says
 * what time it is there.
 */
export async function sweepLeftovers(
  bucket: S3Bucket,
  self: string,
  staleMs = STALE_MS,
): Promise<void> {
  const backups = byBackup(await listObjects(bucket));
  const now = backups.get(self)?.find(({ path }) => path === WRITING)?.modifiedAt;
  // A server that does not list at once what was written cannot tell who is dead.
  if (!now) return;
  const isStale = (at: Date): boolean => now.getTime() - at.getTime() > staleMs;
  const mayLive = new Set<string>();
  for (const [name, objects] of backups) {
    if (!LOOKS_LIKE_BACKUP.test(name)) continue;
    const mark = objects.find(({ path }) => path === WRITING);
    if (mark && !isStale(mark.modifiedAt)) mayLive.add(name);
    else if (objects.some(({ path }) => path === REMOVING))
      await finishRemoval(bucket, name, objects);
    else if (mark) await sweepWritten(bucket, name, objects);
  }
  await abortUploads(bucket, (name, begunAt) => !mayLive.has(name) && isStale(begunAt));
}

/** The mark goes last, so that a sweep which is stopped is taken up by the next one. */
async function sweepWritten(
  bucket: S3Bucket,
  name: string,
  objects: readonly FoundObject[],
): Promise<void> {
  const isWhole = objects.some(({ path }) => path === MANIFEST_FILE);
  const written = objects.map(({ path }) => path).filter((path) => path !== WRITING);
  const going = isWhole ? [WRITING] : [...written, WRITING];
  await deleteObjects(
    bucket,
    going.map((path) => keyOf(bucket, name, path)),
  );
}

/** Removes the objects of a backup, its mark of removal last. */
export async function finishRemoval(
  bucket: S3Bucket,
  name: string,
  objects: readonly FoundObject[],
): Promise<void> {
  const others = objects.map(({ path }) => path).filter((path) => path !== REMOVING);
  const isManifest = (path: string): boolean => path === MANIFEST_FILE;
  const ordered = [...others.filter(isManifest), ...others.filter((path) => !isManifest(path))];
  await deleteObjects(
    bucket,
    [...ordered, REMOVING].map((path) => keyOf(bucket, name, path)),
  );
}

/** Where the server cannot list unfinished uploads, or forbids it, a lifecycle rule of the bucket has to do this. */
async function abortUploads(
  bucket: S3Bucket,
  isDead: (name: string, begunAt: Date) => boolean,
): Promise<void> {
  const { client, address } = bucket;
  const base = keyOf(bucket, '');
  const target = { Bucket: address.bucket };
  const page = await client
    .listMultipartUploads({ ...target, Prefix: base })
    .catch(() => ({ Uploads: [] }));
  for (const { Key = '', UploadId, Initiated } of page.Uploads ?? []) {
    const [name = ''] = Key.slice(base.length).split('/');
    if (!UploadId || !Initiated || !LOOKS_LIKE_BACKUP.test(name)) continue;
    if (!isDead(name, Initiated)) continue;
    await client.abortMultipartUpload({ ...target, Key, UploadId }).catch(() => undefined);
  }
}
