export interface SourcePosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units as editors count. */
  readonly column: number;
}

/** Line and column of a UTF-16 offset. */
export function positionAt(text: string, offset: number): SourcePosition {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Makes the function that turns an offset in UTF-8 bytes, as the parser counts, into one in UTF-16 units. */
export function utf16Offsets(text: string): (byteOffset: number) => number {
  const length = Buffer.byteLength(text);
  if (length === text.length) return (byteOffset) => byteOffset;
  const offsets = new Uint32Array(length + 1);
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    offsets[byte] = unit;
    byte += Buffer.byteLength(character);
    unit += character.length;
  }
  offsets[length] = unit;
  return (byteOffset) => offsets[byteOffset] ?? unit;
}

/** Turns an offset in code points, as the parser counts in errors, into one in UTF-16 units. */
export function utf16OffsetOfCodePoint(text: string, codePoints: number): number {
  let offset = 0;
  let left = codePoints;
  for (const character of text) {
    if (left-- <= 0) break;
    offset += character.length;
  }
  return offset;
}
