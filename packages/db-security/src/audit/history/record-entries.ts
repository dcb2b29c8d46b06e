/** Walks the log back along one row, whatever keys and names it has had. */
import { type Queryable, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';
import { describeLiveTable } from './live-table.ts';
import { isSameStatement, type LogEntry, PAGE_ROWS, readEntries } from './log-entry.ts';
import { hasRowKey, keyOfJson } from './logged-key.ts';
import { keyName } from './row-state.ts';
import { isAbout, type NameSpan } from './table-names.ts';
import { readTimeline } from './table-timeline.ts';

type Key = readonly string[];

/**
 * The entries of the row that has this key now, or had it last, newest first: back through changes of its key, and
 * through earlier lives under the same key (deleted and inserted again), up to where another row left the key.
 *
 * @param key texts of the primary key as the log has them.
 *
 * @example
 * ```ts
 * for await (const { id, at } of entriesOf(db, { schema: 'public', name: 'staff' }, ['17'])) …
 * // SELECT … FROM audit.log AS l WHERE (l.row_key[1] = $1[1] AND l.row_key = $1 OR l.new_key = $1) AND … ORDER BY l.id DESC LIMIT 500
 * ```
 */
export async function* entriesOf(
  db: Queryable,
  table: RelationName,
  key: Key,
  options: AuditOptions = {},
): AsyncGenerator<LogEntry, void, undefined> {
  const auditSchema = options.schema ?? DEFAULT_AUDIT_SCHEMA;
  const live = await describeLiveTable(db, table);
  const { names } = await readTimeline(db, auditSchema, table, { relation: live?.relation });
  yield* walkBack(db, auditSchema, names, key);
}

/** {@link entriesOf}, where the table's names are known. */
export async function* walkBack(
  db: Queryable,
  auditSchema: string,
  names: readonly NameSpan[],
  key: Key,
): AsyncGenerator<LogEntry, void, undefined> {
  let current = key;
  /** The entry by which the row came to the key that is followed now, from the one before it. */
  let arrival: LogEntry | undefined;
  let last: LogEntry | undefined;
  for (;;) {
    const page = await readPage(db, auditSchema, names, current, last?.id);
    let moved = false;
    for (const entry of page) {
      const isFirst = last === undefined;
      last = entry;
      // What else that statement moved is another row's.
      if (arrival !== undefined && isSameStatement(arrival, entry)) continue;
      if (entry.newKey === null) yield entry;
      else if (keyName(entry.newKey) === keyName(current)) {
        yield entry;
        current = entry.key ?? current;
        arrival = entry;
        moved = true;
        break;
      } else if (isFirst) {
        const swapped = await arrivalIn(db, auditSchema, names, entry, current);
        if (!swapped) yield entry;
      } else if (!(await arrivalIn(db, auditSchema, names, entry, current))) return;
    }
    if (!moved && page.length < PAGE_ROWS) return;
  }
}

async function readPage(
  db: Queryable,
  auditSchema: string,
  names: readonly NameSpan[],
  key: Key,
  before: number | undefined,
): Promise<LogEntry[]> {
  const about = isAbout('l', names, 3);
  return readEntries(
    db,
    auditSchema,
    `WHERE (${hasRowKey('l', keyOfJson('$1'), key.length)} OR l.new_key = ${keyOfJson('$1')})
       AND ($2::text IS NULL OR l.id < ($2::text)::bigint) AND ${about.sql}
     ORDER BY l.id DESC LIMIT ${PAGE_ROWS}`,
    [JSON.stringify(key), before === undefined ? null : String(before), ...about.values],
  );
}

/** Whether the statement of an entry that moved a row away from the key moved another one onto it. */
async function arrivalIn(
  db: Queryable,
  auditSchema: string,
  names: readonly NameSpan[],
  { transactionId, at }: LogEntry,
  key: Key,
): Promise<boolean> {
  const about = isAbout('l', names, 4);
  const { rows } = await db.query(
    `SELECT FROM ${quoteIdent(auditSchema)}.log AS l
     WHERE l.new_key = ${keyOfJson('$1')} AND l.transaction_id = ($2::text)::xid8
       AND l.at = ($3::text)::timestamptz AND ${about.sql} LIMIT 1`,
    [JSON.stringify(key), transactionId, at, ...about.values],
  );
  return rows.length > 0;
}
