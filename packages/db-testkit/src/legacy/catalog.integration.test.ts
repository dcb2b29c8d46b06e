import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { legacyDatabase, type TestDatabase } from '../vitest.ts';

interface Column {
  name: string;
  type: string;
  nullable: boolean;
  default: string | null;
}
interface Index {
  name: string;
  unique: boolean;
  primary: boolean;
  def: string;
}
interface Key {
  name: string;
  columns: string[];
}
interface ForeignKey extends Key {
  refTable: string;
  refColumns: string[];
  onDelete: string;
  onUpdate: string;
}
interface Table {
  schema: string;
  name: string;
  comment: string | null;
  rowCount: number;
  columns: Column[];
  primaryKey: Key | null;
  uniques: Key[];
  foreignKeys: ForeignKey[];
  checks: unknown[];
  indexes: Index[];
}
interface Facts {
  summary: { rows: number; columns: number };
  enums: { schema: string; name: string; values: string[] }[];
  tables: Table[];
}

const facts = JSON.parse(
  readFileSync(new URL('../../fixtures/legacy-catalog.json', import.meta.url), 'utf8'),
) as Facts;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await legacyDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

/** The catalog of the fixture in the form of the facts, straight from pg_catalog. */
const READ_TABLES = `
  WITH keys AS (
    SELECT k.conrelid, k.contype, k.conname, json_build_object(
      'name', k.conname,
      'columns', (SELECT json_agg(a.attname ORDER BY n)
                  FROM unnest(k.conkey) WITH ORDINALITY u (attnum, n)
                  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum)) AS key
    FROM pg_constraint k)
  SELECT c.relnamespace::regnamespace::text AS schema, c.relname AS name,
    obj_description(c.oid, 'pg_class') AS comment,
    (SELECT json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'nullable', NOT a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
      FROM pg_attribute a
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT key FROM keys WHERE conrelid = c.oid AND contype = 'p') AS "primaryKey",
    (SELECT coalesce(json_agg(key ORDER BY conname), '[]')
      FROM keys WHERE conrelid = c.oid AND contype = 'u') AS uniques,
    (SELECT coalesce(json_agg(conname), '[]')
      FROM keys WHERE conrelid = c.oid AND contype NOT IN ('p', 'u', 'f', 'n')) AS checks,
    (SELECT coalesce(json_agg(json_build_object(
        'name', k.conname,
        'columns', s.key->'columns',
        'refTable', t.relname,
        'refColumns', (SELECT json_agg(a.attname ORDER BY n)
                       FROM unnest(k.confkey) WITH ORDINALITY u (attnum, n)
                       JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum),
        'onDelete', CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' ELSE k.confdeltype::text END,
        'onUpdate', CASE k.confupdtype WHEN 'a' THEN 'NO ACTION' ELSE k.confupdtype::text END)
        ORDER BY k.conname), '[]')
      FROM pg_constraint k
      JOIN keys s ON s.conrelid = k.conrelid AND s.conname = k.conname
      JOIN pg_class t ON t.oid = k.confrelid
      WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.convalidated) AS "foreignKeys",
    (SELECT coalesce(json_agg(json_build_object(
        'name', i.relname, 'unique', x.indisunique, 'primary', x.indisprimary,
        'def', pg_get_indexdef(x.indexrelid)) ORDER BY i.relname COLLATE "C"), '[]')
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
      WHERE x.indrelid = c.oid AND x.indisvalid) AS indexes
  FROM pg_class c
  WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
  ORDER BY 1, 2`;

async function rowsOf(sql: string): Promise<unknown[]> {
  return (await client.query(sql)).rows;
}

test('the schema equals the legacy catalog in every table, column, default, key and index', async () => {
  const tables = facts.tables.map(({ rowCount: _, ...table }) => table);
  expect(tables).toHaveLength(38);
  expect(await rowsOf(READ_TABLES)).toEqual(tables);
});

test('the schema has the enum of the legacy catalog and nothing else', async () => {
  const enums = await rowsOf(`
    SELECT t.typnamespace::regnamespace::text AS schema, t.typname AS name,
      json_agg(e.enumlabel ORDER BY e.enumsortorder) AS values
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY 1, 2`);
  expect(enums).toEqual(facts.enums);
  expect(
    await rowsOf(`
      SELECT c.relkind::text AS kind, c.oid::regclass::text AS name
      FROM pg_class c
      WHERE c.relnamespace::regnamespace::text IN ('public', 'drizzle') AND c.relkind NOT IN ('r', 'i')`),
  ).toEqual([{ kind: 'S', name: 'drizzle.__drizzle_migrations_id_seq' }]);
  expect(
    await rowsOf(`
      SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT oid FROM pg_trigger WHERE NOT tgisinternal`),
  ).toEqual([]);
});

test('every table holds as many rows as the legacy one, 824 in all', async () => {
  const counts: Record<string, number> = {};
  for (const { schema, name } of facts.tables) {
    const [row] = (await rowsOf(`SELECT count(*)::int AS n FROM ${schema}.${name}`)) as {
      n: number;
    }[];
    counts[`${schema}.${name}`] = row?.n ?? -1;
  }
  expect(counts).toEqual(
    Object.fromEntries(facts.tables.map((t) => [`${t.schema}.${t.name}`, t.rowCount])),
  );
  expect(Object.values(counts).reduce((sum, n) => sum + n)).toBe(facts.summary.rows);
});
