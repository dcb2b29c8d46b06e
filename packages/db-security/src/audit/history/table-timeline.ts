/**
 * What the notes of the log say about one table: the names it has had, how it was audited and when, and where the log
 * is silent. All that a reader must know before it believes an entry.
 */
import { type Queryable, quoteIdent, type RelationName } from '@tothub/db-catalog';
import type { ResolvedMoment } from './audit-moment.ts';

/** A name of the table, and which entries bear it. */
export interface NameSpan extends RelationName {
  /** Entries after this one … */
  readonly after: number;
  /** … up to this one; null: to the end of the log. */
  readonly through: number | null;
}

/** A column as an ENABLE note names it. */
export interface NotedColumn {
  readonly name: string;
  readonly number: number;
  readonly type: string;
}

/** How the table was audited from one ENABLE note to the next. */
export interface Era {
  /** The note's number. */
  readonly id: number;
  readonly at: string;
  /** The table's OID then; undefined in notes that do not say. */
  readonly relation: string | undefined;
  /** The primary key's columns; empty where there was none. */
  readonly key: readonly string[];
  readonly columns: readonly NotedColumn[];
  /** The columns that the content hash is made of, in its order. */
  readonly hashed: readonly string[];
  readonly redact: readonly string[];
  readonly exclude: readonly string[];
  readonly ignore: readonly string[];
  /** Whether it began after the moment that was asked for. */
  readonly isLater: boolean;
}

/** A place where changes may have been made that the log does not have. */
export interface Break {
  /** Its place among the entries. */
  readonly id: number;
  readonly at: string;
  readonly kind: 'off' | 'recreated' | 'truncated';
  /** `schema.table` of the partition that was truncated; null for the whole table. */
  readonly partition: string | null;
  /** Of a TRUNCATE: how many rows; null where it could not be counted. */
  readonly rowCount: number | null;
  /** Of an audit that was off: since when; null where unknown. */
  readonly since: string | null;
  /** Whether it lies after the moment that was asked for. */
  readonly isLater: boolean;
}

export interface TableTimeline {
  /** Newest first. */
  readonly names: readonly NameSpan[];
  /** Oldest first. */
  readonly eras: readonly Era[];
  /** Oldest first. */
  readonly breaks: readonly Break[];
  /** When the log begins to know the table; null when it does not know it at all. */
  readonly since: string | null;
  /** Whether the moment that was asked for lies after that. */
  readonly isKnownThen: boolean;
  /** Since when the audit has been off, by its notes; null while it is on. */
  readonly offSince: string | null;
  /** Whether changes made now are missed, by its notes or as the triggers stand. */
  readonly isOff: boolean;
}

interface NoteRow {
  readonly id: number;
  readonly at: string;
  readonly operation: string;
  readonly partition: string | null;
  readonly rowCount: number | null;
  readonly isLater: boolean;
  readonly new:
    | (Partial<Omit<Era, 'id' | 'at' | 'isLater'>> & { readonly covered?: boolean })
    | null;
}

/**
 * Reads the notes about the table that now has this name.
 *
 * @param relation the table's OID, which tells a rename that no note tells of yet.
 */
export async function readTimeline(
  db: Queryable,
  auditSchema: string,
  table: RelationName,
  options: { readonly relation?: string | undefined; readonly moment?: ResolvedMoment } = {},
): Promise<TableTimeline> {
  const names: NameSpan[] = [];
  const notes: NoteRow[] = [];
  const { relation, moment } = options;
  let name = (relation && (await loggedName(db, auditSchema, table, relation))) || table;
  for (let through: number | null = null; ; ) {
    const renamed = await findRename(db, auditSchema, name, through);
    const after = renamed?.id ?? 0;
    names.push({ schema: name.schema, name: name.name, after, through });
    notes.unshift(...(await readNotes(db, auditSchema, names.at(-1) as NameSpan, moment)));
    if (renamed === undefined) break;
    name = { schema: renamed.schema, name: renamed.name };
    through = after;
  }
  const read = readEras(notes);
  // Retention repeats the note whose month it drops: then the log goes further back than it, to its oldest entry.
  const isRepeated = notes.find(({ operation }) => operation === 'ENABLE')?.new?.covered === true;
  return { names, ...read, ...(isRepeated && (await oldestEntry(db, auditSchema, moment))) };
}

async function oldestEntry(
  db: Queryable,
  auditSchema: string,
  moment: ResolvedMoment | undefined,
): Promise<Pick<TableTimeline, 'since' | 'isKnownThen'>> {
  const isLater = moment ? `l.${moment.column} > ($1::text)::${moment.cast}` : 'false';
  const { rows } = await db.query(
    `SELECT pg_catalog.to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS since,
       (NOT (${isLater}))::text AS known
     FROM ${quoteIdent(auditSchema)}.log AS l ORDER BY l.id LIMIT 1`,
    moment ? [moment.value] : [],
  );
  const { since, known } = rows[0] as { since: string; known: string };
  return { since, isKnownThen: known === 'true' };
}

/**
 * The name under which a table is logged: its own, or after a rename the one before, until it is enabled again. An OID
 * says so only of a table that has the triggers: after a restore it may be another's.
 */
async function loggedName(
  db: Queryable,
  auditSchema: string,
  { schema, name }: RelationName,
  relation: string,
): Promise<RelationName | undefined> {
  const { rows } = await db.query(
    `SELECT l.schema_name AS schema, l.table_name AS name FROM ${quoteIdent(auditSchema)}.log AS l
     WHERE l.row_key IS NULL AND l.operation = 'ENABLE' AND l.new_values ->> 'relation' = $1
       AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = ($1::text)::oid AND t.tgname = 'audit_insert')
       AND (SELECT last.operation FROM ${quoteIdent(auditSchema)}.log AS last
            WHERE last.row_key IS NULL AND last.schema_name = $2 AND last.table_name = $3
              AND last.operation IN ('ENABLE', 'RENAME')
            ORDER BY last.id DESC LIMIT 1) IS DISTINCT FROM 'ENABLE'
     ORDER BY l.id DESC LIMIT 1`,
    [relation, schema, name],
  );
  return rows[0] as RelationName | undefined;
}

/** The note that says that the table got this name; it stands among the entries of the old one. */
async function findRename(
  db: Queryable,
  auditSchema: string,
  { schema, name }: RelationName,
  through: number | null,
): Promise<(RelationName & { readonly id: number }) | undefined> {
  const { rows } = await db.query(
    `SELECT l.id::text, l.schema_name AS schema, l.table_name AS name FROM ${quoteIdent(auditSchema)}.log AS l
     WHERE l.row_key IS NULL AND l.operation = 'RENAME'
       AND l.new_values ->> 'schema' = $1 AND l.new_values ->> 'name' = $2
       AND ($3::text IS NULL OR l.id < ($3::text)::bigint)
     ORDER BY l.id DESC LIMIT 1`,
    [schema, name, through === null ? null : String(through)],
  );
  const [row] = rows as (RelationName & { readonly id: string })[];
  return row && { ...row, id: Number(row.id) };
}

async function readNotes(
  db: Queryable,
  auditSchema: string,
  { schema, name, after, through }: NameSpan,
  moment: ResolvedMoment | undefined,
): Promise<NoteRow[]> {
  const isLater = moment ? `l.${moment.column} > ($5::text)::${moment.cast}` : 'false';
  const { rows } = await db.query(
    `SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('id', l.id,
         'at', pg_catalog.to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
         'operation', l.operation, 'partition', l.partition_name, 'rowCount', l.row_count,
         'new', l.new_values, 'isLater', ${isLater}) ORDER BY l.id), '[]')::text AS json
     FROM ${quoteIdent(auditSchema)}.log AS l
     WHERE l.row_key IS NULL AND l.schema_name = $1 AND l.table_name = $2 AND l.id > ($3::text)::bigint
       AND ($4::text IS NULL OR l.id <= ($4::text)::bigint)
       AND (l.operation IN ('ENABLE', 'DISABLE')
         OR l.operation = 'TRUNCATE' AND l.old_values IS NULL AND l.row_count IS DISTINCT FROM 0)`,
    [
      schema,
      name,
      String(after),
      through === null ? null : String(through),
      ...(moment ? [moment.value] : []),
    ],
  );
  return JSON.parse(rows[0].json as string) as NoteRow[];
}

function readEras(notes: readonly NoteRow[]): Omit<TableTimeline, 'names'> {
  const eras: Era[] = [];
  const breaks: Break[] = [];
  let offSince: string | null = null;
  for (const note of notes) {
    const { id, at, partition, rowCount, isLater } = note;
    const place = { id, at, partition, rowCount, isLater };
    if (note.operation === 'TRUNCATE') breaks.push({ ...place, kind: 'truncated', since: null });
    else if (note.operation === 'DISABLE') offSince = at;
    else if (note.operation === 'ENABLE') {
      const before = eras.at(-1);
      const era = toEra(note);
      eras.push(era);
      if (before !== undefined && (offSince !== null || note.new?.covered === false)) {
        const isSame = era.relation === undefined || era.relation === before.relation;
        breaks.push({ ...place, kind: isSame ? 'off' : 'recreated', since: offSince });
      }
      offSince = null;
    }
  }
  const first = notes.find(({ operation }) => operation === 'ENABLE');
  return {
    eras,
    breaks,
    offSince,
    isOff: offSince !== null,
    since: first?.at ?? null,
    isKnownThen: first !== undefined && !first.isLater,
  };
}

function toEra({ id, at, isLater, new: said }: NoteRow): Era {
  return {
    id,
    at,
    isLater,
    relation: said?.relation,
    key: said?.key ?? [],
    columns: said?.columns ?? [],
    hashed: said?.hashed ?? [],
    redact: said?.redact ?? [],
    exclude: said?.exclude ?? [],
    ignore: said?.ignore ?? [],
  };
}

/** The era in which an entry was made: that of the last ENABLE note before it. */
export function eraIndexOf(timeline: Pick<TableTimeline, 'eras'>, id: number): number {
  return Math.max(
    0,
    timeline.eras.findLastIndex((era) => era.id < id),
  );
}

/** The condition that a row of the log is about the table; the values go in from `$firstParameter` on. */
export function isAbout(
  alias: string,
  names: readonly NameSpan[],
  firstParameter: number,
): { sql: string; values: string[] } {
  const values: string[] = [];
  const parameter = (value: string) => `$${firstParameter + values.push(value) - 1}::text`;
  const l = quoteIdent(alias);
  const spans = names.map(({ schema, name, after, through }) =>
    [
      `${l}.schema_name = ${parameter(schema)} AND ${l}.table_name = ${parameter(name)}`,
      ...(after === 0 ? [] : [`${l}.id > ${after}`]),
      ...(through === null ? [] : [`${l}.id <= ${through}`]),
    ].join(' AND '),
  );
  return { sql: `(${spans.join(' OR ')})`, values };
}
