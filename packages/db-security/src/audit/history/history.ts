/** What happened to one row, and who did it. */
import { type Queryable, qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import { AuditRefusedError, withoutValues } from '../../errors.ts';
import { type AuditOptions, DEFAULT_AUDIT_SCHEMA } from '../install-audit.ts';
import { describeLiveTable, type LiveTable, printedKey } from './live-table.ts';
import { type LogEntry, PAGE_ROWS, readEntries } from './log-entry.ts';
import { hasRowKey, keyOfJson } from './logged-key.ts';
import { walkBack } from './record-entries.ts';
import { isAbout, type NameSpan } from './table-names.ts';
import { readTimeline } from './table-timeline.ts';

/** A row by its primary key, or, of a table that has none, by values that it has or had. */
export type RowSelector = readonly string[] | Readonly<Record<string, string | null>>;

/**
 * Tells the changes of one row, newest first: through changes of its key, renames of its table, and earlier lives under
 * the same key. Between them stand the notes that say where the log is silent (ENABLE, DISABLE, TRUNCATE by count,
 * RENAME, ERASURE); where the oldest is no INSERT, those before it too. Values are exact texts.
 *
 * @param key texts of the primary key, in its order; of a table without one, column values as texts.
 * @throws {AuditRefusedError} when the log knows nothing of the table.
 * @throws {StatementError} when PostgreSQL refuses.
 *
 * @example
 * ```ts
 * for await (const { at, actor, operation, oldValues, newValues } of history(db, { schema: 'public', name: 'staff' }, ['17'])) …
 * // SELECT … FROM audit.log AS l WHERE (l.row_key[1] = $1[1] AND l.row_key = $1 OR l.new_key = $1) AND … ORDER BY l.id DESC LIMIT 500
 * ```
 */
export async function* history(
  db: Queryable,
  table: RelationName,
  key: RowSelector,
  options: AuditOptions = {},
): AsyncGenerator<LogEntry, void, undefined> {
  const auditSchema = options.schema ?? DEFAULT_AUDIT_SCHEMA;
  const called = qualifiedName(table);
  try {
    const live = await describeLiveTable(db, table);
    const timeline = await readTimeline(db, auditSchema, table, { relation: live?.relation });
    if (timeline.since === null) {
      throw new AuditRefusedError(
        `The log knows nothing of ${called}. Enable its audit; it can be told from then on.`,
      );
    }
    const { names } = timeline;
    const notes = await readNoteEntries(db, auditSchema, names);
    const entries = isKey(key)
      ? walkBack(db, auditSchema, names, await loggedKey(db, auditSchema, names, live, key))
      : entriesWith(db, auditSchema, names, key);
    let oldest: LogEntry | undefined;
    for await (const entry of entries) {
      while (notes[0] && notes[0].id > entry.id) yield notes.shift() as LogEntry;
      yield entry;
      oldest = entry;
    }
    if (oldest?.operation !== 'INSERT') yield* notes;
  } catch (error) {
    throw withoutValues(error, `Reading the history of a row of ${called}`);
  }
}

function isKey(key: RowSelector): key is readonly string[] {
  return Array.isArray(key);
}

/** The notes about the table, newest first. */
async function readNoteEntries(
  db: Queryable,
  auditSchema: string,
  names: readonly NameSpan[],
): Promise<LogEntry[]> {
  const about = isAbout('l', names, 1);
  return readEntries(
    db,
    auditSchema,
    `WHERE l.row_key IS NULL AND ${about.sql} AND (l.operation IN ('ENABLE', 'DISABLE', 'RENAME', 'ERASURE')
       OR l.operation = 'TRUNCATE' AND l.old_values IS NULL AND l.row_count IS DISTINCT FROM 0)
     ORDER BY l.id DESC`,
    about.values,
  );
}

/** The key as the log has it: as given, or where the log knows no such key, as the table's types print it. */
async function loggedKey(
  db: Queryable,
  auditSchema: string,
  names: readonly NameSpan[],
  live: LiveTable | undefined,
  key: readonly string[],
): Promise<readonly string[]> {
  const about = isAbout('l', names, 2);
  const isLogged = await db.query(
    `SELECT FROM ${quoteIdent(auditSchema)}.log AS l
     WHERE ${hasRowKey('l', keyOfJson('$1'), key.length)} AND ${about.sql} LIMIT 1`,
    [JSON.stringify(key), ...about.values],
  );
  if (isLogged.rows.length > 0 || live === undefined || live.key.length !== key.length) return key;
  try {
    const { rows } = await db.query(
      `SELECT pg_catalog.array_to_json(${printedKey(live, '$1')})::text AS json`,
      [JSON.stringify(key)],
    );
    return JSON.parse(rows[0].json as string) as string[];
  } catch (error) {
    // Class 22, data exceptions: no value of the key's types, so no row has it.
    if (!String((error as { code?: unknown }).code).startsWith('22')) throw error;
    return key;
  }
}

/** Entries of a table without a key whose row had these values before or after. */
async function* entriesWith(
  db: Queryable,
  auditSchema: string,
  names: readonly NameSpan[],
  values: Readonly<Record<string, string | null>>,
): AsyncGenerator<LogEntry, void, undefined> {
  const about = isAbout('l', names, 3);
  for (let before: number | null = null; ; ) {
    const page: LogEntry[] = await readEntries(
      db,
      auditSchema,
      `WHERE l.row_key IS NULL AND ($2::text IS NULL OR l.id < ($2::text)::bigint) AND ${about.sql}
         AND l.operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
         AND (l.old_values @> ($1::text)::jsonb OR (coalesce(l.old_values, '{}'::jsonb) || l.new_values) @> ($1::text)::jsonb)
       ORDER BY l.id DESC LIMIT ${PAGE_ROWS}`,
      [JSON.stringify(values), before === null ? null : String(before), ...about.values],
    );
    yield* page;
    if (page.length < PAGE_ROWS) return;
    before = page.at(-1)?.id ?? null;
  }
}
