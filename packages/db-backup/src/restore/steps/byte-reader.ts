import { RestoreFailedError } from '../../errors.ts';

/** Gives a stream of bytes line by line, or as the rows of a COPY. */
export interface ByteReader {
  /** The next line without its end; undefined at the end of the stream. */
  line(): Promise<Buffer | undefined>;
  /** Puts lines back in front. */
  unread(lines: readonly Buffer[]): void;
  /** Bytes up to the line `\.`, which ends the rows of a COPY. */
  rows(): AsyncGenerator<Buffer>;
  /** Lets go of the stream, wherever the reading stopped. */
  close(): Promise<unknown>;
}

const LINE_FEED = 0x0a;
const END_OF_ROWS = Buffer.from('\n\\.\n');

/** Reads a stream of bytes. */
export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let buffered: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done) return false;
    buffered = buffered.length === 0 ? value : Buffer.concat([buffered, value]);
    return true;
  };
  return {
    async line() {
      // Where the search goes on: a line of many pieces must not be searched anew with each.
      for (let from = 0; ; ) {
        const end = buffered.indexOf(LINE_FEED, from);
        if (end >= 0) {
          const line = buffered.subarray(0, end);
          buffered = buffered.subarray(end + 1);
          return line;
        }
        from = buffered.length;
        if (await more()) continue;
        const rest = buffered;
        buffered = Buffer.alloc(0);
        return rest.length === 0 ? undefined : rest;
      }
    },
    unread(lines) {
      const feed = Buffer.from([LINE_FEED]);
      buffered = Buffer.concat([...lines.flatMap((line) => [line, feed]), buffered]);
    },
    async *rows() {
      // As if the line break before the first row belonged to the rows: there may be none.
      buffered = Buffer.concat([Buffer.from([LINE_FEED]), buffered]);
      let skip = 1;
      for (;;) {
        const end = buffered.indexOf(END_OF_ROWS);
        // What might be the beginning of the end is held back.
        const ready = end >= 0 ? end + 1 : Math.max(0, buffered.length - END_OF_ROWS.length + 1);
        if (ready > skip) yield buffered.subarray(skip, ready);
        skip = Math.max(0, skip - ready);
        buffered = buffered.subarray(end >= 0 ? end + END_OF_ROWS.length : ready);
        if (end >= 0) return;
        if (!(await more()))
          throw new RestoreFailedError(
            'The rows of a table end before their end. Do not rely on this backup; use another one.',
          );
      }
    },
    close: async () => chunks.return?.(),
  };
}
