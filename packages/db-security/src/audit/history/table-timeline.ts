/**
 * What the notes of the log say about one table: the names it has had, how it was audited and when, and where the log
 * is silent. All that a reader must know before it believes an entry.
 */
import { type Queryable, quoteIdent, type RelationName } from '@tothub/db-catalog';
import type { ResolvedMoment } from './audit-moment.ts';
import { findRename, loggedName, type NameSpan } from './table-names.ts';

/** A column as an ENABLE note names it. */
interface NotedColumn {
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
