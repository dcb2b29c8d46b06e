/** Every value of a database as text, read without any of our packages: what the proofs of ours are judged by. */
import { query } from './query.ts';

/** `schema.table` → row key → column → value as text. */
export type Values = Map<string, Map<string, Record<string, string | null>>>;

const columnsOf = `
SELECT n.nspname AS schema, c.relname AS name,
       array_agg(a.attname::text ORDER BY a.attnum) AS columns,
       (SELECT array_agg(k.attname::text ORDER BY k.attnum)
          FROM pg_index AS i JOIN pg_attribute AS k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey)
         WHERE i.indrelid = c.oid AND i.indisprimary) AS key
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind = 'r' AND n.nspname = ANY ($1)
 GROUP BY c.oid, n.nspname, c.relname
 ORDER BY 1, 2`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export async function readValues(
  url: string,
  schemas: readonly string[] = ['public', 'archive', 'drizzle'],
): Promise<Values> {
  const values: Values = new Map();
  for (const { schema, name, columns, key } of await query(url, columnsOf, [schemas])) {
    const list = columns.map((column: string) => `${quoted(column)}::text`).join(', ');
    const rows = await query(url, `SELECT ${list} FROM ${quoted(schema)}.${quoted(name)}`);
    const table = new Map<string, Record<string, string | null>>();
    for (const row of rows) {
      const id = JSON.stringify((key ?? columns).map((column: string) => [column, row[column]]));
      table.set(id, row);
    }
    values.set(`${schema}.${name}`, table);
  }
  return values;
}

/** How many rows there are in all. */
export const countRows = (values: Values): number =>
  [...values.values()].reduce((sum, table) => sum + table.size, 0);

/** Rows of one table, which must be there. */
export function rowsOf(values: Values, table: string): Record<string, string | null>[] {
  const rows = values.get(table);
  if (!rows) throw new Error(`There is no table ${table}.`);
  return [...rows.values()];
}
