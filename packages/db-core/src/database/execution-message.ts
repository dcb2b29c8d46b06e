/**
 * One statement as the extended protocol carries it, in one buffer: `pg` writes each message by itself, which costs
 * the client several times as much. PostgreSQL manual: 55.2.3, Extended Query; 55.7, Message Formats.
 */
import type { WireValue } from './parameters.ts';

export interface Execution {
  /** Names of prepared statements to forget before. */
  readonly forget: readonly string[];
  /** Name of the statement; empty for one that is parsed for this once. */
  readonly name: string;
  /** Text to parse; null where the server has the statement. */
  readonly text: string | null;
  readonly values: readonly WireValue[];
  /** Whether the server is to describe the rows. */
  readonly describes: boolean;
}

const DESCRIBE_PORTAL = Buffer.from([0x44, 0, 0, 0, 6, 0x50, 0]);
const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);
/** Code and length of a message. */
const HEAD = 5;

/** Close, Parse, Bind, Describe, Execute and Sync, as far as they are needed. */
export function executionMessage(execution: Execution): Buffer {
  const { forget, name, text, values, describes } = execution;
  const nameBytes = Buffer.byteLength(name);
  const textBytes = text === null ? 0 : Buffer.byteLength(text);
  const parseBytes = text === null ? 0 : HEAD + nameBytes + 1 + textBytes + 1 + 2;
  const sizes = values.map((value) =>
    value === null ? -1 : typeof value === 'string' ? Buffer.byteLength(value) : value.length,
  );
  const valueBytes = sizes.reduce((sum, size) => sum + 4 + Math.max(size, 0), 0);
  const bindBytes = HEAD + 1 + nameBytes + 1 + 2 + values.length * 2 + 2 + valueBytes + 4;
  const closeBytes = forget.reduce((sum, old) => sum + HEAD + 1 + Buffer.byteLength(old) + 1, 0);
  const tailBytes = (describes ? DESCRIBE_PORTAL.length : 0) + EXECUTE_AND_SYNC.length;
  const bytes = Buffer.allocUnsafe(closeBytes + parseBytes + bindBytes + tailBytes);
  let at = 0;

  const putHead = (code: number, total: number): void => {
    bytes[at] = code;
    bytes.writeInt32BE(total - 1, at + 1);
    at += HEAD;
  };
  const putText = (value: string): void => {
    at += bytes.write(value, at);
    bytes[at++] = 0;
  };
  const putCount = (value: number): void => {
    at = bytes.writeUInt16BE(value, at);
  };

  for (const old of forget) {
    putHead(0x43, HEAD + 1 + Buffer.byteLength(old) + 1);
    bytes[at++] = 0x53;
    putText(old);
  }
  if (text !== null) {
    putHead(0x50, parseBytes);
    putText(name);
    putText(text);
    putCount(0);
  }
  putHead(0x42, bindBytes);
  putText('');
  putText(name);
  putCount(values.length);
  for (const value of values) putCount(Buffer.isBuffer(value) ? 1 : 0);
  putCount(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as WireValue;
    at = bytes.writeInt32BE(sizes[i] as number, at);
    if (typeof value === 'string') at += bytes.write(value, at);
    else if (value !== null) at += value.copy(bytes, at);
  }
  // All columns as text.
  putCount(1);
  putCount(0);
  if (describes) at += DESCRIBE_PORTAL.copy(bytes, at);
  EXECUTE_AND_SYNC.copy(bytes, at);
  return bytes;
}
