/**
 * `pgDump` of pglite-tools deletes every line of its result that begins with `\restrict` or `\unrestrict`,
 * also where such a line belongs to a function body, a comment or a default. So the backslash of these words
 * travels through it as the control character U+0001, which PostgreSQL and `pg_dump` pass on untouched.
 */
import { EngineUnavailableError } from '../errors.ts';

const STAND_IN = '\u0001';
const BACKSLASHED = /\\((?:un)?restrict)/gi;
const STOOD_IN = new RegExp(`${STAND_IN}((?:un)?restrict)`, 'gi');

/**
 * What the server says, on its way into `pgDump`.
 *
 * @throws EngineUnavailableError when the database itself holds the stand-in
 */
export function hideRestrictLines(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  if (text.search(STOOD_IN) >= 0) {
    throw new EngineUnavailableError(
      'A definition in this database holds the word "restrict" after the control character U+0001, which the WebAssembly engine cannot carry. Install a fitting pg_dump and use the engine "native".',
    );
  }
  if (text.search(BACKSLASHED) < 0) return bytes;
  return Buffer.from(text.replace(BACKSLASHED, `${STAND_IN}$1`), 'latin1');
}

/** What `pgDump` asks the server, with the backslashes back (a table may be called `\restrict`). */
export function unhideRestrictLines(bytes: Buffer): Buffer {
  return Buffer.from(unhideRestrictText(bytes.toString('latin1')), 'latin1');
}

/** The finished script, with the backslashes back. */
export function unhideRestrictText(script: string): string {
  return script.replace(STOOD_IN, '\\$1');
}
