import { qualifiedName, quoteIdent, type RelationName } from '@tothub/db-catalog';
import type { TransactionalClient } from '../session.ts';

/** A column that can hold a text. */
export interface TextColumn {
  readonly name: string;
  readonly type: string;
  readonly isJson: boolean;
  /** Part of a key, a unique index or a foreign key, or generated: what it holds cannot be replaced. */
  readonly isFixed: boolean;
}

/** A table or materialised view with columns that can hold text. */
export interface TextRelation {
  readonly relation: RelationName;
  readonly sql: string;
  readonly isTable: boolean;
  readonly columns: readonly TextColumn[];
  /** Names of the primary key's columns, quoted names beside them. */
  readonly key: readonly { readonly name: string; readonly sql: string }[];
}

/** A relation that cannot be searched. */
export interface UnsearchedRelation extends RelationName {
  readonly reason: string;
}

/** Partitions are searched one by one, so the partitioned table itself is left out. */
const TEXT_RELATIONS = `
SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'r' AS "isTable", c.relkind = 'f' AS "isForeign",
  pg_catalog.has_table_privilege(c.oid, 'SELECT') AS "isReadable",
  coalesce((SELECT pg_catalog.json_agg(a.attname ORDER BY k.n) FROM pg_catalog.pg_index AS i,
      pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, n)
      JOIN pg_catalog.pg_attribute AS a ON a.attnum = k.attnum
    WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid), '[]') AS key,
  pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', a.attname,
    'type', pg_catalog.format_type(coalesce(nullif(t.typbasetype, 0), t.oid), -1),
    'isJson', b.typname IN ('json', 'jsonb'),
    'isFixed', a.attgenerated <> ''
      OR EXISTS (SELECT FROM pg_catalog.pg_index AS i
                 WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY (i.indkey))
      OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS f
                 WHERE f.contype = 'f' AND f.conrelid = c.oid AND a.attnum = ANY (f.conkey))
  ) ORDER BY a.attnum) AS columns
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
LEFT JOIN pg_catalog.pg_type AS e ON e.oid = b.typelem AND b.typcategory = 'A'
WHERE c.relkind IN ('r', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  -- Strings, JSON and the like, composites, and arrays of them; not numbers, dates, truth values, networks, bytes.
  AND coalesce(e.typcategory, b.typcategory) IN ('S', 'U', 'C', 'X')
  AND coalesce(e.typname, b.typname) NOT IN ('uuid', 'bytea')
GROUP BY n.nspname, c.oid
ORDER BY n.nspname, c.relname`;

/** Lists everything in the user schemas that can hold text. */
export async function readTextRelations(
  db: TransactionalClient,
): Promise<{ searched: TextRelation[]; unsearched: UnsearchedRelation[] }> {
  const { rows } = await db.query(TEXT_RELATIONS);
  const searched: TextRelation[] = [];
  const unsearched: UnsearchedRelation[] = [];
  for (const row of rows as TextRelationRow[]) {
    const relation = { schema: row.schema, name: row.name };
    if (row.isForeign) unsearched.push({ ...relation, reason: 'a foreign table' });
    else if (!row.isReadable) unsearched.push({ ...relation, reason: 'no permission to read it' });
    else {
      searched.push({
        relation,
        sql: qualifiedName(relation),
        isTable: row.isTable,
        columns: row.columns,
        key: row.key.map((name) => ({ name, sql: quoteIdent(name) })),
      });
    }
  }
  return { searched, unsearched };
}

interface TextRelationRow extends RelationName {
  readonly isTable: boolean;
  readonly isForeign: boolean;
  readonly isReadable: boolean;
  readonly key: readonly string[];
  readonly columns: readonly TextColumn[];
}
