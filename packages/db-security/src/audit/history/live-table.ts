/** The audited table as it is now: its columns, its key, and how the texts of its rows are read. */
import { type Queryable, qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';

/** A column of the table as it is now. */
export interface LiveColumn {
  readonly name: string;
  /** Its number in the table, which a rename does not change. */
  readonly number: number;
  /** As PostgreSQL prints it, qualified where it is not built in. */
  readonly type: string;
  readonly generated: 'no' | 'stored' | 'virtual';
  readonly identity: 'no' | 'always' | 'default';
  /** Whether the type is json, jsonb or a domain over them. */
  readonly isJson: boolean;
}

/** The table as it is now. */
export interface LiveTable extends RelationName {
  /** Its OID, as text. */
  readonly relation: string;
  readonly columns: readonly LiveColumn[];
  /** Names of the primary key's columns, in the order of the key; empty where there is none. */
  readonly key: readonly string[];
}

/** Reads the table's description; undefined where there is no such table. Types are qualified when search_path is empty. */
export async function describeLiveTable(
  db: Queryable,
  { schema, name }: RelationName,
): Promise<LiveTable | undefined> {
  const { rows } = await db.query(
    `SELECT pg_catalog.json_build_object('schema', n.nspname, 'name', c.relname, 'relation', c.oid::text,
       'columns', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
           'name', a.attname, 'number', a.attnum, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
           'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' ELSE 'no' END,
           'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'default' ELSE 'no' END,
           'isJson', coalesce(NULLIF(t.typbasetype, 0), t.oid) IN ('json'::regtype, 'jsonb'::regtype)) ORDER BY a.attnum), '[]')
         FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       'key', (SELECT coalesce(pg_catalog.json_agg(k.attname ORDER BY position), '[]')
         FROM pg_catalog.pg_index AS i
         CROSS JOIN pg_catalog.generate_series(0, i.indnkeyatts - 1) AS position
         JOIN pg_catalog.pg_attribute AS k ON k.attrelid = c.oid AND k.attnum = i.indkey[position]
         WHERE i.indrelid = c.oid AND i.indisprimary))::text AS json
     FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`,
    [schema, name],
  );
  return rows[0] === undefined ? undefined : (JSON.parse(rows[0].json as string) as LiveTable);
}

/**
 * The expression for a column's text, as the type's output function prints it, which is how the log has it: no cast,
 * which the type's owner may have defined. `IS NULL` would take a composite of nulls for NULL; num_nulls does not.
 */
export function textOf(alias: string, column: string): string {
  const value = `${quoteIdent(alias)}.${quoteIdent(column)}`;
  return `CASE WHEN pg_catalog.num_nulls(${value}) = 0 THEN pg_catalog.format('%s', ${value}) END`;
}

/** The expression for the texts of these columns as `text[]`. */
export function textsOf(alias: string, columns: readonly string[]): string {
  return `ARRAY[${columns.map((column) => textOf(alias, column)).join(', ')}]::text[]`;
}

/**
 * The expression for the texts of a key as `text[]`, as the table's types print them. `parameter` is a JSON array of the
 * key's texts as text.
 */
export function printedKey({ key, columns }: LiveTable, parameter: string): string {
  const printed = key.map((name, index) => {
    const type = columns.find((column) => column.name === name)?.type ?? 'text';
    return `pg_catalog.format('%s', ((${parameter}::text)::json ->> ${index})::${type})`;
  });
  return `ARRAY[${printed.join(', ')}]::text[]`;
}

/** The table for FROM, with the alias. */
export function fromLive(table: LiveTable, alias: string): string {
  return `${qualifiedName(table)} AS ${quoteIdent(alias)}`;
}
