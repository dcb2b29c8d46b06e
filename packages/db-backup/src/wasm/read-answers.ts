const READY_FOR_QUERY = 0x5a;

/**
 * Splits what a server sends into whole answers, each up to and with its `ReadyForQuery`, and passes them
 * on. PostgreSQL manual, "Message Formats".
 */
export function createAnswerReader(onAnswer: (answer: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  /** Where the next message begins, counted from the first byte of `chunks`. */
  let next = 0;
  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    while (length >= next + 5) {
      const header = bytesAt(chunks, next, 5);
      const end = next + 1 + header.readUInt32BE(1);
      if (length < end) return;
      next = end;
      if (header[0] !== READY_FOR_QUERY) continue;
      const received = Buffer.concat(chunks);
      chunks = [received.subarray(end)];
      length -= end;
      next = 0;
      onAnswer(received.subarray(0, end));
    }
  };
}

function bytesAt(chunks: Buffer[], start: number, count: number): Buffer {
  let skipped = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (start < skipped + chunk.length) {
      const rest = start - skipped;
      const found = chunk.subarray(rest, rest + count);
      // A header may straddle chunks: rare enough to join the rest.
      return found.length === count
        ? found
        : Buffer.concat(chunks.slice(index)).subarray(rest, rest + count);
    }
    skipped += chunk.length;
  }
  return Buffer.alloc(0);
}
