/** The names that a table has had, by the notes of the log, and which entries bear each of them. */
import { type Queryable, quoteIdent, type RelationName } from '@tothub/db-catalog';

/** A name of the table, and which entries bear it. */
export interface NameSpan extends RelationName {
  /** Entries after this one … */
  readonly after: number;
  /** … up to this one; null: to the end of the log. */
  readonly through: number | null;
}

/**
 * The name under which a table is logged: its own, or after a rename the one before, until it is enabled again. An OID
 * says so only of a table that has the triggers: after a restore it may be another's.
 */
export async function loggedName(
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
export async function findRename(
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
