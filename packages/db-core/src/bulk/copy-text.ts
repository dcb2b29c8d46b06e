/** Rows in the text format of COPY, in pieces of a size that the network likes. PostgreSQL manual: COPY, Text Format. */
import type { ValueWriter } from './value-text.ts';

const PIECE_CHARS = 65_536;

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function field(text: string | null): string {
  if (text === null) return '\\N';
  return /[\\\n\r\t]/.test(text)
    ? text.replaceAll(/[\\\n\r\t]/g, (character) => ESCAPES[character] as string)
    : text;
}

/** The rows as COPY reads them. Takes rows only as fast as the pieces are taken. */
export async function* copyText(
  rows:
    | AsyncIterable<Readonly<Record<string, unknown>>>
    | Iterable<Readonly<Record<string, unknown>>>,
  columns: readonly { readonly key: string; readonly write: ValueWriter }[],
): AsyncGenerator<Buffer, void, undefined> {
  let piece = '';
  let number = 0;
  for await (const row of rows) {
    number++;
    piece += `${columns.map(({ key, write }) => field(write(row[key], number))).join('\t')}\n`;
    if (piece.length >= PIECE_CHARS) {
      yield Buffer.from(piece);
      piece = '';
    }
  }
  if (piece !== '') yield Buffer.from(piece);
}
