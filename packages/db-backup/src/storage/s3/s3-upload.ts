/**
 * A file of unknown length on its way into a bucket: parts of one size, a few at once, each with its SHA-256, which the
 * server compares. Nothing of it touches the disk, and nobody sees it before it is complete.
 */
import { createHash } from 'node:crypto';
import type { CompletedPart, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { StorageError } from '../../errors.ts';
import type { Limit } from '../at-most.ts';
import type { FileSink } from '../backup-storage.ts';
import type { S3Bucket } from './s3-client.ts';
import { s3ErrorName } from './s3-errors.ts';

const MAX_PARTS = 10_000;

/** What the files of one backup share, so that memory is bounded for all of them together. */
export interface UploadLane {
  readonly limit: Limit;
  /** Parts that were sent and can be filled again, so that no garbage piles up. */
  readonly spare: Buffer[];
}

/** An object as the server has confirmed it. */
export interface UploadedObject {
  readonly bytes: number;
  readonly etag: string;
}

/**
 * Creates an object and lets `work` fill it. A failure, of `work` or of a part, gives the upload up on the server before
 * it is thrown.
 *
 * @throws StorageError
 */
export async function uploadObject(
  bucket: S3Bucket,
  key: string,
  lane: UploadLane,
  signal: AbortSignal,
  work: (sink: FileSink) => Promise<void>,
): Promise<UploadedObject> {
  const upload = new Upload(bucket, key, lane, signal);
  try {
    await work(upload);
    return await upload.end();
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

class Upload implements FileSink {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #lane: UploadLane;
  /** Ends every request of this file once one has failed. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #partBytes: number;
  /** The part being filled. */
  #waiting: Buffer = Buffer.alloc(0);
  #waitingBytes = 0;
  #bytes = 0;
  #id: Promise<string> | undefined;
  #parts: Promise<CompletedPart & { readonly digest: Buffer }>[] = [];
  #failure: unknown;

  constructor(bucket: S3Bucket, key: string, lane: UploadLane, signal: AbortSignal) {
    this.#bucket = bucket;
    this.#key = key;
    this.#lane = lane;
    this.#partBytes = bucket.address.partBytes;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
  }

  get #target() {
    return { Bucket: this.#bucket.address.bucket, Key: this.#key };
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + this.#partBytes - this.#waitingBytes);
      this.#makeRoom(this.#waitingBytes + piece.length);
      this.#waiting.set(piece, this.#waitingBytes);
      this.#waitingBytes += piece.length;
      this.#bytes += piece.length;
      from += piece.length;
      if (this.#waitingBytes === this.#partBytes) await this.#sendPart();
    }
    if (this.#failure) throw this.#failure;
  }

  /** Comes back when the part is on its way, so that no more than a few are held in memory. */
  async #sendPart(): Promise<void> {
    const body = this.#takeWaiting();
    const number = this.#parts.length + 1;
    if (number > MAX_PARTS) {
      throw new StorageError(
        `${this.#bucket.location}: a file needs more than ${MAX_PARTS} parts. Make them larger: ?partMiB=${Math.min((this.#partBytes >> 20) * 4, 512)}.`,
      );
    }
    this.#id ??= this.#begin();
    const id = await this.#id;
    await new Promise<void>((started) => {
      const part = this.#lane.limit(async () => {
        started();
        return this.#uploadPart(id, number, body);
      });
      part.catch((error: unknown) => {
        this.#failure ??= error;
        this.#stop.abort(error);
        started();
      });
      this.#parts.push(part);
    });
    if (this.#failure) throw this.#failure;
  }

  #takeWaiting(): Buffer {
    const body = this.#waiting.subarray(0, this.#waitingBytes);
    this.#waiting = this.#lane.spare.pop() ?? Buffer.alloc(0);
    this.#waitingBytes = 0;
    return body;
  }

  /** Small files stay small; the first part grows to its full size. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#waiting.length) return;
    const isFirst = this.#parts.length === 0;
    const size = isFirst ? Math.max(bytes, this.#waiting.length * 4) : this.#partBytes;
    const larger = Buffer.allocUnsafe(Math.min(size, this.#partBytes));
    larger.set(this.#waiting.subarray(0, this.#waitingBytes));
    this.#waiting = larger;
  }

  async #begin(): Promise<string> {
    const { UploadId } = await this.#bucket.call((client) =>
      client.createMultipartUpload(
        { ...this.#target, ChecksumAlgorithm: 'SHA256' },
        { abortSignal: this.#signal },
      ),
    );
    if (UploadId === undefined)
      throw new StorageError(`${this.#bucket.location}: no upload began.`);
    return UploadId;
  }

  async #uploadPart(UploadId: string, PartNumber: number, Body: Buffer) {
    const digest = createHash('sha256').update(Body).digest();
    const ChecksumSHA256 = digest.toString('base64');
    const confirmed = await this.#bucket.call((client) =>
      client.uploadPart(
        { ...this.#target, UploadId, PartNumber, Body, ChecksumSHA256 },
        { abortSignal: this.#signal },
      ),
    );
    if (Body.length === this.#partBytes) this.#lane.spare.push(Body);
    // Servers that do not know this checksum refuse it in the list of parts; they have compared the signed one.
    const echoed = confirmed.ChecksumSHA256 !== undefined && { ChecksumSHA256 };
    return { PartNumber, ETag: confirmed.ETag, ...echoed, digest };
  }

  /** Completes the object and asks the server what it has now. */
  async end(): Promise<UploadedObject> {
    if (this.#failure) throw this.#failure;
    if (this.#id === undefined) return this.#putWhole();
    if (this.#waitingBytes > 0) await this.#sendPart();
    const parts = await Promise.all(this.#parts);
    const UploadId = await this.#id;
    const Parts = parts.map(({ digest: _, ...part }) => part);
    await this.#bucket.call((client) =>
      client
        .completeMultipartUpload(
          { ...this.#target, UploadId, MultipartUpload: { Parts } },
          { abortSignal: this.#signal },
        )
        .catch((error: unknown) => {
          // It was completed at an earlier try, whose answer was lost: what is there now tells.
          if (s3ErrorName(error) !== 'NoSuchUpload') throw error;
        }),
    );
    const digest = createHash('sha256').update(Buffer.concat(parts.map((part) => part.digest)));
    return this.#confirm(`${digest.digest('base64')}-${parts.length}`);
  }

  async #putWhole(): Promise<UploadedObject> {
    const Body = this.#takeWaiting();
    const ChecksumSHA256 = createHash('sha256').update(Body).digest('base64');
    await this.#lane.limit(() =>
      this.#bucket.call((client) =>
        client.putObject({ ...this.#target, Body, ChecksumSHA256 }, { abortSignal: this.#signal }),
      ),
    );
    return this.#confirm(ChecksumSHA256);
  }

  async #confirm(checksum: string): Promise<UploadedObject> {
    const found = await this.#bucket.call((client) =>
      client.headObject(
        { ...this.#target, ChecksumMode: 'ENABLED' },
        { abortSignal: this.#signal },
      ),
    );
    if (found.ContentLength !== this.#bytes || !fits(found, checksum)) {
      throw new StorageError(
        `${this.#bucket.location}: ${this.#key} has ${found.ContentLength} bytes there instead of ${this.#bytes}, or others. Look for a faulty network or server, and run again.`,
        { isRetryable: true },
      );
    }
    return { bytes: this.#bytes, etag: found.ETag ?? '' };
  }

  /** Never throws: the next run sweeps what stays. */
  async abandon(): Promise<void> {
    this.#stop.abort(new Error('The upload was given up.'));
    await Promise.allSettled(this.#parts);
    const UploadId = await this.#id?.catch(() => undefined);
    if (UploadId === undefined) return;
    const abortSignal = AbortSignal.timeout(ABANDON_TIMEOUT_MS);
    await this.#bucket.client
      .abortMultipartUpload({ ...this.#target, UploadId }, { abortSignal })
      .catch(() => undefined);
  }
}

const ABANDON_TIMEOUT_MS = 10_000;

/** A server that keeps no SHA-256 of its own has compared every part with ours, or says nothing. */
function fits({ ChecksumSHA256 }: HeadObjectCommandOutput, expected: string): boolean {
  return ChecksumSHA256 === undefined || ChecksumSHA256 === expected;
}
