import type { Client } from 'pg';

/** A type of the server. */
export interface ServerType {
  /** `pg_type.typname` */
  readonly name: string;
  /** Labels of an enum, in order. */
  readonly labels: readonly string[] | null;
  /** Type of the elements of an array. */
  readonly element: ServerType | null;
}

/** A column of a table. */
export interface ServerColumn {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly notNull: boolean;
}

/** What the checks need to know of the server: read once, asked often. */
export interface ServerCatalog {
  typeOf(oid: number): ServerType;
  columnAt(table: number, attribute: number): ServerColumn | undefined;
  columnNamed(schema: string, table: string, name: string): ServerColumn | undefined;
}

interface TypeRow {
  oid: number;
  name: string;
  labels: string[] | null;
  /** OID of the element type of an array, else 0. */
  element: number;
}

interface ColumnRow extends ServerColumn {
  oid: number;
  attribute: number;
}

const NO_TYPE = { labels: null, element: 0 };

/** Reads types and columns of a database. */
export async function readServerCatalog(client: Client): Promise<ServerCatalog> {
  const types = await client.query<TypeRow>(`
    SELECT t.oid::int8::float8 AS oid, t.typname AS name,
      CASE WHEN t.typcategory = 'A' THEN t.typelem::int8::float8 ELSE 0 END AS element,
      (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
       FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) AS labels
    FROM pg_catalog.pg_type t`);
  const columns = await client.query<ColumnRow>(`
    SELECT c.oid::int8::float8 AS oid, a.attnum AS attribute, n.nspname AS schema, c.relname AS table,
      a.attname AS name, a.attnotnull AS "notNull"
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT a.attisdropped`);
  const typeByOid = new Map(types.rows.map((type) => [type.oid, type]));
  const byNumber = new Map(columns.rows.map((row) => [`${row.oid}.${row.attribute}`, row]));
  const byName = new Map(
    columns.rows.map((row) => [JSON.stringify([row.schema, row.table, row.name]), row]),
  );
  const typeOf = (oid: number): ServerType => {
    const { name, labels, element } = typeByOid.get(oid) ?? { ...NO_TYPE, name: `type ${oid}` };
    return { name, labels, element: element === 0 ? null : typeOf(element) };
  };
  return {
    typeOf,
    columnAt: (table, attribute) => byNumber.get(`${table}.${attribute}`),
    columnNamed: (...path) => byName.get(JSON.stringify(path)),
  };
}
