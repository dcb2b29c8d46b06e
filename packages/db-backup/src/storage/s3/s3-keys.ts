import { createHash } from 'node:crypto';
import type { S3Bucket } from './s3-client.ts';
import { s3Status } from './s3-errors.ts';

/** An object below the prefix of a storage. */
export interface FoundObject {
  /** Key without the prefix and the slash behind it. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  readonly etag: string;
}

/** Key of something in a storage. */
export function keyOf({ address: { prefix } }: S3Bucket, ...names: readonly string[]): string {
  return [...(prefix === '' ? [] : [prefix]), ...names].join('/');
}

/** Every object below the prefix whose path begins in a certain way. */
export async function listObjects(
  bucket: S3Bucket,
  beginning = '',
  signal?: AbortSignal,
): Promise<FoundObject[]> {
  const found: FoundObject[] = [];
  const base = keyOf(bucket, '');
  let ContinuationToken: string | undefined;
  do {
    const page = await bucket.call((client) =>
      client.listObjectsV2(
        { Bucket: bucket.address.bucket, Prefix: base + beginning, ContinuationToken },
        { ...(signal && { abortSignal: signal }) },
      ),
    );
    for (const { Key = '', Size = 0, LastModified, ETag = '' } of page.Contents ?? []) {
      const modifiedAt = LastModified ?? new Date(0);
      found.push({ path: Key.slice(base.length), bytes: Size, modifiedAt, etag: ETag });
    }
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
  return found;
}

/** The same, by the name of the backup that they belong to; what lies beside all backups is left out. */
export function byBackup(objects: readonly FoundObject[]): Map<string, FoundObject[]> {
  const groups = new Map<string, FoundObject[]>();
  for (const object of objects) {
    const slash = object.path.indexOf('/');
    if (slash <= 0) continue;
    const name = object.path.slice(0, slash);
    const file = { ...object, path: object.path.slice(slash + 1) };
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  return groups;
}

/** Removes objects one by one, since not every server knows how to remove many; gone ones are no error. */
export async function deleteObjects(
  bucket: S3Bucket,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  for (const Key of keys) {
    await bucket.call((client) =>
      client.deleteObject(
        { Bucket: bucket.address.bucket, Key },
        { ...(signal && { abortSignal: signal }) },
      ),
    );
  }
}

/** Creates an object, or replaces the one with this ETag; false where somebody was faster. */
export async function putConditionally(
  bucket: S3Bucket,
  key: string,
  text: string,
  replaces: string | undefined,
): Promise<boolean> {
  const target = {
    Bucket: bucket.address.bucket,
    Key: key,
    Body: Buffer.from(text),
    ChecksumSHA256: createHash('sha256').update(text).digest('base64'),
  };
  const condition = replaces === undefined ? { IfNoneMatch: '*' } : { IfMatch: replaces };
  return bucket.call(async (client) => {
    try {
      await client.putObject({ ...target, ...condition });
    } catch (error) {
      const status = s3Status(error);
      // Answered by servers on which somebody else writes the same object right now.
      if (status === 412 || status === 409) return false;
      if (status !== 501) throw error;
      // Conditional writes are unknown there: the names of backups are random, and leases keep runs apart.
      await client.putObject(target);
    }
    return true;
  });
}
