/**
 * Places in a script. The parser counts UTF-8 bytes (statements, tokens, nodes) or code points (errors);
 * JavaScript and editors count UTF-16 units.
 */

/** A place in a script, for people. */
export interface SourcePosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units as editors count. */
  readonly column: number;
}

/** Makes the function that gives line and column of an offset in UTF-16 units; offsets must not decrease. */
export function positions(text: string): (offset: number) => SourcePosition {
  const lineBreak = /\r\n|\r|\n/g;
  let line = 1;
  let lineStart = 0;
  let next = lineBreak.exec(text);
  return (offset) => {
    while (next && lineBreak.lastIndex <= offset) {
      line++;
      lineStart = lineBreak.lastIndex;
      next = lineBreak.exec(text);
    }
    return { line, column: offset - lineStart + 1 };
  };
}

/** Makes the function that turns an offset in UTF-8 bytes into one in UTF-16 units. */
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

/** Turns an offset in code points into one in UTF-16 units. */
export function utf16OffsetOfCodePoint(text: string, codePoints: number): number {
  let offset = 0;
  let left = codePoints;
  for (const character of text) {
    if (left-- <= 0) break;
    offset += character.length;
  }
  return offset;
}
