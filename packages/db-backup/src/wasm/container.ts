/**
 * File format of a dump made without a native `pg_dump`: a sequence of parts, each a line of JSON that says
 * what it is, followed by pieces of one zstd stream, each with its length in front, closed by a length of 0.
 * Integrity is the manifest's business (length and SHA-256 of the whole file).
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { BackupDamagedError } from '../errors.ts';
import type { CheckedFile } from '../storage/checked-file.ts';

/** What a part holds. The first is always `begin`, the last `end`. */
export type PartHeader =
  | { readonly kind: 'begin'; readonly format: 'tothub-dump'; readonly formatVersion: 1 }
  | { readonly kind: 'script'; readonly section: 'pre-data' | 'post-data' }
  | {
      readonly kind: 'table';
      readonly schema: string;
      readonly name: string;
      /** Columns in the order of the data; none where only the number of rows counts. */
      readonly columns: readonly string[];
    }
  | { readonly kind: 'large object'; readonly oid: string; readonly comment: string | null }
  | { readonly kind: 'sequences' }
  | { readonly kind: 'end'; readonly parts: number };

/** A part as it is read: its header, and its contents once. */
export interface Part {
  readonly header: PartHeader;
  readonly contents: Readable;
}

const ZSTD_LEVEL = 3;
const MAX_HEADER_BYTES = 1 << 20;
const MAX_PIECE_BYTES = 1 << 26;

/** Appends one part. */
export async function writePart(
  file: CheckedFile,
  header: PartHeader,
  contents: Iterable<Uint8Array> | AsyncIterable<Uint8Array> = [],
): Promise<void> {
  await file.write(Buffer.from(`${JSON.stringify(header)}\n`));
  await pipeline(
    Readable.from(contents, { objectMode: false }),
    createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } }),
    async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces)
        await file.write(Buffer.concat([uint32(piece.length), piece]));
    },
  );
  await file.write(uint32(0));
}

/**
 * Reads the parts one after the other. The contents of one must be read, or are skipped, before the next.
 *
 * @throws BackupDamagedError when the file ends early or is not of this format
 */
export async function* readParts(
  dump: AsyncIterable<Buffer>,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Part> {
  const source = createByteReader(dump, onBytes);
  try {
    for (let count = 0; ; count++) {
      const header = JSON.parse((await source.line()).toString()) as PartHeader;
      if ((count === 0) !== (header.kind === 'begin')) throw cutOff();
      let isRead = false;
      async function* pieces(): AsyncGenerator<Buffer> {
        for (;;) {
          const length = (await source.take(4)).readUInt32BE();
          if (length === 0) break;
          if (length > MAX_PIECE_BYTES) throw cutOff();
          yield await source.take(length);
        }
        isRead = true;
      }
      const compressed = pieces();
      const contents = Readable.from(compressed, { objectMode: false });
      const plain = contents.compose(createZstdDecompress()) as Readable;
      yield { header, contents: plain };
      if (!isRead) throw new Error(`The contents of part ${count} were not read.`);
      if (header.kind === 'end') {
        if (header.parts !== count) throw cutOff();
        return;
      }
    }
  } finally {
    await source.close();
  }
}

interface ByteReader {
  take(length: number): Promise<Buffer>;
  line(): Promise<Buffer>;
  /** Lets go of the stream, wherever the reading stopped. */
  close(): Promise<unknown>;
}

/** Gives bytes of a stream in the portions that are asked for. */
function createByteReader(
  source: AsyncIterable<Buffer>,
  onBytes: ((bytes: number) => void) | undefined,
): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let buffered: Buffer = Buffer.alloc(0);
  let total = 0;
  const more = async (): Promise<void> => {
    const { value, done } = await chunks.next();
    if (done) throw cutOff();
    total += value.length;
    onBytes?.(total);
    buffered = buffered.length === 0 ? value : Buffer.concat([buffered, value]);
  };
  const take = async (length: number): Promise<Buffer> => {
    while (buffered.length < length) await more();
    const taken = buffered.subarray(0, length);
    buffered = buffered.subarray(length);
    return taken;
  };
  return {
    take,
    close: async () => chunks.return?.(),
    async line() {
      for (;;) {
        const end = buffered.indexOf(0x0a);
        if (end >= 0) return take(end + 1);
        if (buffered.length > MAX_HEADER_BYTES) throw cutOff();
        await more();
      }
    },
  };
}

function cutOff(): BackupDamagedError {
  return new BackupDamagedError('The dump is cut off or not of this format. Use another backup.');
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
