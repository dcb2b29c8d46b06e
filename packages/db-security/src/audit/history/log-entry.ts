/** One row of the audit log, as it is read: the same shape whatever the driver parses, because it travels as JSON text. */
import { type Queryable, quoteIdent } from '@tothub/db-catalog';

/** Entries that are read at a time. */
export const PAGE_ROWS = 500;

/** A logged value: the exact text, null for SQL NULL, or what stands in its place. */
export type LoggedValue =
  | string
  | null
  | { readonly redacted: true }
  | { readonly bytes: number; readonly sha256: string }
  | { readonly erased: true };

export type LoggedValues = Readonly<Record<string, LoggedValue>>;

/** A row of the log. */
export interface LogEntry {
  /** Its number. Entries of one row are in the order of their numbers. */
  readonly id: number;
  /** When the statement was carried out, ISO 8601 in UTC, to the microsecond. */
  readonly at: string;
  readonly transactionId: string;
  /** The table's name at that time. */
  readonly schema: string;
  readonly table: string;
  /** `schema.table` of the partition, where one was written to directly. */
  readonly partition: string | null;
  /** INSERT, UPDATE, DELETE or TRUNCATE; or a note: ENABLE, DISABLE, RENAME, RETENTION, ERASURE. */
  readonly operation: string;
  /** Texts of the primary key before the change (after it for INSERT). */
  readonly key: readonly string[] | null;
  /** Texts of the primary key after an UPDATE that changed it. */
  readonly newKey: readonly string[] | null;
  readonly oldValues: LoggedValues | null;
  readonly newValues: LoggedValues | null;
  /** Of a TRUNCATE: how many rows there were. */
  readonly rowCount: number | null;
  /** Hexadecimal. */
  readonly contentHash: string | null;
  readonly salt: string | null;
  /** Whether its values were erased. */
  readonly isErased: boolean;
  /** Who the application said did it: a claim. */
  readonly actor: string | null;
  /** Who was logged in. */
  readonly loginRole: string;
  /** The role set by SET ROLE, if any. */
  readonly setRole: string | null;
}

/** What undoing an entry needs of it. */
export type EvidenceEntry = Pick<
  LogEntry,
  | 'id'
  | 'at'
  | 'transactionId'
  | 'operation'
  | 'key'
  | 'newKey'
  | 'oldValues'
  | 'newValues'
  | 'contentHash'
  | 'salt'
  | 'isErased'
>;

const evidencePairs = (l: string): string => `'id', ${l}.id,
    'at', pg_catalog.to_char(${l}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'transactionId', ${l}.transaction_id::text, 'operation', ${l}.operation, 'key', ${l}.row_key, 'newKey', ${l}.new_key,
    'oldValues', ${l}.old_values, 'newValues', ${l}.new_values,
    'contentHash', pg_catalog.encode(${l}.content_hash, 'hex'), 'salt', ${l}.salt, 'isErased', ${l}.erased_hash IS NOT NULL`;

/** The expression that makes one {@link EvidenceEntry} as JSON text of the log row with this alias. */
export function evidenceJson(alias: string): string {
  return `pg_catalog.json_build_object(${evidencePairs(quoteIdent(alias))})::text`;
}

/** The expression that makes one {@link LogEntry} as JSON text of the log row with this alias. */
function entryJson(alias: string): string {
  const l = quoteIdent(alias);
  return `pg_catalog.json_build_object(${evidencePairs(l)},
    'schema', ${l}.schema_name, 'table', ${l}.table_name, 'partition', ${l}.partition_name, 'rowCount', ${l}.row_count,
    'actor', ${l}.actor, 'loginRole', ${l}.login_role, 'setRole', ${l}.set_role)::text`;
}

/** Asks for entries: `clauses` stand behind a FROM that calls the log `l`. */
export async function readEntries(
  db: Queryable,
  auditSchema: string,
  clauses: string,
  values: readonly unknown[],
): Promise<LogEntry[]> {
  const { rows } = await db.query(
    `SELECT ${entryJson('l')} AS json FROM ${quoteIdent(auditSchema)}.log AS l ${clauses}`,
    [...values],
  );
  return (rows as { json: string }[]).map(({ json }) => JSON.parse(json) as LogEntry);
}

/** The key that the row has after the entry; null where it has no row any more. */
export function keyAfter({ operation, key, newKey }: EvidenceEntry): readonly string[] | null {
  return operation === 'DELETE' || operation === 'TRUNCATE' ? null : (newKey ?? key);
}

/** Whether two entries were made by one statement. */
export function isSameStatement(a: EvidenceEntry, b: EvidenceEntry): boolean {
  return a.transactionId === b.transactionId && a.at === b.at;
}
