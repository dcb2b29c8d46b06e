/**
 * How a recording function knows that its table still is what it was made for, at no cost: `is_unchanged` says it is
 * immutable, so the planner puts its answer into the plan, and PostgreSQL throws that plan away whenever the table
 * changes, because a plan that reads transition tables depends on their table.
 * Manual: "PL/pgSQL Under the Hood", plan caching; "Function Volatility Categories".
 */
import { quoteLiteral } from '@tothub/db-catalog';

/** `signature_of(relation)`: names, types and places of the columns and of the key, as one text. */
function signatureFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.signature_of(relation oid) RETURNS text
LANGUAGE sql STABLE SET quote_all_identifiers = off SET search_path = '' AS ${quoteLiteral(`
  SELECT pg_catalog.string_agg(pg_catalog.format('%I %s%s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated), ', ' ORDER BY a.attnum)
    || coalesce((
      SELECT pg_catalog.format(' (%s)', pg_catalog.string_agg(pg_catalog.quote_ident(k.attname), ', ' ORDER BY n))
      FROM pg_catalog.pg_index AS i
      CROSS JOIN pg_catalog.generate_series(0, i.indnkeyatts - 1) AS n
      JOIN pg_catalog.pg_attribute AS k ON k.attrelid = i.indrelid AND k.attnum = i.indkey[n]
      WHERE i.indrelid = relation AND i.indisprimary), '')
  FROM pg_catalog.pg_attribute AS a
  WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
`)}`;
}

/**
 * `is_unchanged(relation, schema, table, signature)`. The table is known by its OID, so that a rename changes nothing,
 * and by its name, because a restore gives it another OID. A transaction whose snapshot is older than a change of the
 * table cannot see it; what it can see is that its row of pg_class was replaced.
 */
function unchangedFunction(s: string): string {
  return `CREATE OR REPLACE FUNCTION ${s}.is_unchanged(relation oid, schema_name text, table_name text, signature text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET quote_all_identifiers = off SET search_path = '' AS ${quoteLiteral(`
  SELECT coalesce((
    SELECT ${s}.signature_of(c.oid) OPERATOR(pg_catalog.=) signature
      AND (c.xmax OPERATOR(pg_catalog.=) '0'::pg_catalog.xid OR pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed')
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    -- Not by to_regclass, which the writer may not ask about a schema that is closed to it.
    WHERE c.oid OPERATOR(pg_catalog.=) relation
      OR n.nspname OPERATOR(pg_catalog.=) schema_name AND c.relname OPERATOR(pg_catalog.=) table_name
    ORDER BY 1 DESC NULLS LAST LIMIT 1), false)
`)}`;
}

/** The statements that make both functions. */
export function unchangedFunctions(s: string): string[] {
  return [signatureFunction(s), unchangedFunction(s)];
}
