/**
 * Cursors: where a page ended, as a word that clients hand back and do not look into. A cursor tells that it is
 * broken, or of another list; it is not signed, since a position opens nothing that the query would not show anyway.
 * It holds the columns of the order in the clear: where those must not stand in a URL, the server seals it on its way out.
 */
import { createHash } from 'node:crypto';
import { COLUMN_TYPES } from './column-type.ts';
import type { OrderedColumn } from './ordering.ts';
import type { Position } from './position.ts';

/** Raised when the form of cursors changes, so that those in the hands of clients are refused and not misread. */
const VERSION = 1;

/** Longest cursor, in characters: fits a URL. */
export const MAX_CURSOR_LENGTH = 6_000;

interface CursorBody {
  readonly v: typeof VERSION;
  /** Digest of the order and of the position. */
  readonly f: string;
  readonly k: Position;
}

/** Writes and reads the cursors of one list. */
export interface CursorCodec {
  encode(position: Position): string;
  /** Null for what is no cursor of this list. */
  decode(cursor: string): Position | null;
}

/** Makes the codec of a list: what another list, another order or another version wrote is none of its cursors. */
export function cursorCodec(name: string, columns: readonly OrderedColumn[]): CursorCodec {
  const order = JSON.stringify([
    VERSION,
    name,
    columns.map((column) => [
      column.sql.sql,
      column.sql.values.map(String),
      column.type,
      column.descending,
      column.nulls,
    ]),
  ]);
  const digest = (position: Position): string =>
    createHash('sha256')
      .update(order)
      .update(JSON.stringify(position))
      .digest('base64url')
      .slice(0, 16);

  function fits(position: unknown): position is Position {
    return (
      Array.isArray(position) &&
      position.length === columns.length &&
      columns.every(({ type, nulls }, at) => {
        const value: unknown = position[at];
        if (value === null) return nulls !== null;
        return typeof value === 'string' && COLUMN_TYPES[type].accepts(value);
      })
    );
  }

  return {
    encode(position) {
      const body: CursorBody = { v: VERSION, f: digest(position), k: position };
      return Buffer.from(JSON.stringify(body)).toString('base64url');
    },
    decode(cursor) {
      if (cursor.length > MAX_CURSOR_LENGTH || !/^[\w-]+$/.test(cursor)) return null;
      const body = parse(Buffer.from(cursor, 'base64url').toString());
      if (body?.v !== VERSION || !fits(body.k)) return null;
      return body.f === digest(body.k) ? body.k : null;
    },
  };
}

function parse(json: string): Partial<CursorBody> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
