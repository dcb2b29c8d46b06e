import { qualifiedName, quoteIdent } from '@tothub/db-catalog';
import type { RangeVar } from 'libpg-query';
import type { SqlClient } from '../connection/sql-client.ts';

/** What stands under an index's name beside its table. */
export interface IndexState {
  readonly oid: number;
  readonly tableOid: number | null;
  /** Qualified and quoted, ready for a statement. */
  readonly qualified: string;
  readonly isIndex: boolean;
  readonly isValid: boolean;
  readonly definition: string | null;
}

/** A table as a statement names it, quoted. */
export function relationName(relation: RangeVar): string {
  const name = relation.relname ?? '';
  return relation.schemaname ? qualifiedName(relation.schemaname, name) : quoteIdent(name);
}

/** Looks an index up by its name in the schema of its table; null when nothing has that name there. */
export async function readIndexState(
  client: SqlClient,
  relation: RangeVar,
  index: string,
): Promise<IndexState | null> {
  const { rows } = await client.query<IndexState>(
    `SELECT c.oid::int8::float8 AS oid, i.indrelid::int8::float8 AS "tableOid",
            format('%I.%I', n.nspname, c.relname) AS qualified, i.indexrelid IS NOT NULL AS "isIndex",
            coalesce(i.indisvalid AND i.indisready AND i.indislive, false) AS "isValid",
            CASE WHEN i.indexrelid IS NOT NULL THEN pg_get_indexdef(c.oid) END AS definition
     FROM pg_class t
     JOIN pg_class c ON c.relnamespace = t.relnamespace AND c.relname = $2::name
     JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE t.oid = to_regclass($1)`,
    [relationName(relation), index],
  );
  return rows[0] ?? null;
}

/**
 * Server processes of others that are building this index right now. A role that may not see their progress
 * sees at least that they build something and hold this table's lock.
 */
export async function findBuilders(client: SqlClient, state: IndexState): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT DISTINCT p.pid FROM pg_stat_progress_create_index p
     WHERE p.pid <> pg_backend_pid() AND p.datname = current_database()
       AND (p.index_relid = $1 OR p.index_relid IS NULL AND EXISTS (
         SELECT FROM pg_locks l WHERE l.pid = p.pid AND l.granted AND l.relation = $2
           AND l.mode = 'ShareUpdateExclusiveLock'))`,
    [state.oid, state.tableOid],
  );
  return rows.map((row) => row.pid);
}
