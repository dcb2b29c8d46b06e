/**
 * Reads the script that `pg_dump` and `pg_restore --verbose` write, object by object, without holding rows or large
 * objects. Before each object stands a heading with its number in the archive and the numbers that it depends on.
 */
import { RestoreFailedError } from '../../errors.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';

/** One object of a script. */
export interface ScriptPiece {
  /** Number in the archive; null for what comes before the first object, and in scripts without numbers. */
  readonly id: number | null;
  readonly dependencies: readonly number[];
  /** As `pg_dump` names it: `TABLE`, `FK CONSTRAINT`, `TABLE DATA`. Empty for what comes before the first object. */
  readonly type: string;
  /** Name and schema as one text, since neither says where it ends; line breaks in names became spaces. */
  readonly heading: string;
  readonly sql: string;
  /** Rows of a `TABLE DATA`, whose `sql` is the COPY; to be read before the next piece is asked for. */
  readonly rows?: AsyncIterable<Buffer>;
  /** Statements of a piece that may be of any size; likewise. */
  readonly statements?: AsyncIterable<string>;
}

const HEADING = /^-- (?:Data for )?Name: (.*; Type: ([A-Z ]+); Schema: .*); Owner: /;
/** Settings that `pg_dump` writes before the heading of the object that they are for. */
const FOR_THE_NEXT = /^SET default_table(space|_access_method) = .*;$/;
const STATEMENTS_BYTES = 1 << 20;

/**
 * Reads a script.
 *
 * @throws RestoreFailedError for one that is cut off, or whose names are in another encoding than UTF-8
 */
export async function* readScript(source: AsyncIterable<Buffer>): AsyncGenerator<ScriptPiece> {
  const reader = byteReader(source);
  const state: ScriptState = { isUtf8: true, restrictKey: undefined };
  let head: Head = { id: null, dependencies: [], type: '', heading: '' };
  let carried: string[] = [];
  try {
    for (;;) {
      let lines = carried;
      carried = [];
      let next: Head | undefined;
      const draft = { ...head };
      if (draft.type === 'BLOBS') {
        const following: { head?: Head | undefined } = {};
        yield { ...draft, sql: '', statements: statementsOf(reader, state, following) };
        next = following.head;
      } else {
        for (;;) {
          const line = await reader.line();
          if (line === undefined) break;
          const text = textOf(line, state);
          if (text === '--') {
            next = await headAfter(reader, state);
            if (next) break;
          }
          if (isRestriction(text, state)) continue;
          lines.push(text);
          if (draft.type === 'TABLE DATA' && text.endsWith(' FROM stdin;') && isCopy(lines)) {
            yield { ...draft, sql: copyOf(lines), rows: reader.rows() };
            lines = [];
          }
        }
        const end = lines.findLastIndex((line) => line !== '' && !FOR_THE_NEXT.test(line)) + 1;
        carried = lines.slice(end).filter((line) => line !== '');
        const sql = lines.slice(0, end).join('\n');
        if (sql.split('\n').some((line) => line !== '' && !line.startsWith('--')))
          yield { ...draft, sql };
      }
      if (!next) return;
      head = next;
    }
  } finally {
    await reader.close();
  }
}

type Head = Pick<ScriptPiece, 'id' | 'dependencies' | 'type' | 'heading'>;

interface ScriptState {
  isUtf8: boolean;
  restrictKey: string | undefined;
}

/** After a line `--`: the heading, or undefined where it is only a comment; what was looked at is given back then. */
async function headAfter(reader: ByteReader, state: ScriptState): Promise<Head | undefined> {
  const looked: Buffer[] = [];
  let id: number | null = null;
  let dependencies: number[] = [];
  for (;;) {
    const line = await reader.line();
    if (line === undefined) break;
    looked.push(line);
    const text = textOf(line, state);
    const entry = /^-- TOC entry (\d+) /.exec(text);
    const depends = /^-- Dependencies:((?: \d+)+)$/.exec(text);
    const name = HEADING.exec(text);
    if (entry) id = Number(entry[1]);
    else if (depends) dependencies = (depends[1] ?? '').trim().split(' ').map(Number);
    else if (name) return { id, dependencies, type: name[2] ?? '', heading: name[1] ?? '' };
    else break;
  }
  reader.unread(looked);
  return undefined;
}

/** Lines of `psql`, which PostgreSQL writes around a script since 2025: no SQL. */
function isRestriction(text: string, state: ScriptState): boolean {
  const begin = /^\\restrict (\w+)$/.exec(text);
  if (begin && state.restrictKey === undefined) {
    state.restrictKey = begin[1];
    return true;
  }
  return state.restrictKey !== undefined && text === `\\unrestrict ${state.restrictKey}`;
}

function textOf(line: Buffer, state: ScriptState): string {
  const text = line.toString('utf8');
  const encoding = /^SET client_encoding = '(\w+)';$/.exec(text)?.[1];
  if (encoding !== undefined) state.isUtf8 = encoding === 'UTF8';
  if (!state.isUtf8 && line.some((byte) => byte >= 0x80)) {
    throw new RestoreFailedError(
      'The definitions in this backup are in another encoding than UTF-8, and can only be restored as a whole and in one transaction. Restore into an empty database, on a server with room for the locks (max_locks_per_transaction).',
    );
  }
  return text;
}

/** A column may have any name, also one with ` FROM stdin;` and a line break in it: only outside quotes it counts. */
function isCopy(lines: readonly string[]): boolean {
  const text = copyOf(lines);
  return text.startsWith('COPY ') && (text.split('"').length - 1) % 2 === 0;
}

function copyOf(lines: readonly string[]): string {
  const start = lines.findIndex((line) => line.startsWith('COPY '));
  return start < 0 ? '' : lines.slice(start).join('\n');
}

/** Large objects: one short statement a line, but for `lowrite`, which has at most a few kilobytes. */
async function* statementsOf(
  reader: ByteReader,
  state: ScriptState,
  following: { head?: Head | undefined },
): AsyncGenerator<string> {
  let text = '';
  for (;;) {
    const line = await reader.line();
    const read = line && textOf(line, state);
    if (read === '--') following.head = await headAfter(reader, state);
    if (read === undefined || following.head) break;
    // The caller has a transaction of its own.
    if (['BEGIN;', 'COMMIT;'].includes(read) || isRestriction(read, state)) continue;
    text += `${read}\n`;
    if (text.length < STATEMENTS_BYTES) continue;
    yield text;
    text = '';
  }
  yield text;
}
