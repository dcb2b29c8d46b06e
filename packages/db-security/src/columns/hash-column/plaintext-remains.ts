/** What an UPDATE does not reach: old row versions, and the statistics of the planner. */
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { givingWay } from '../../giving-way.ts';
import type { TransactionalClient } from '../../session.ts';

/** What is left of the plaintext where no UPDATE reaches. */
export interface PlaintextRemains {
  /** Old versions of rows that this run has left behind, with the plaintext, until a VACUUM. */
  readonly oldVersions: number;
  /** Bytes of the table with its indexes, which `sql` rewrites. */
  readonly tableBytes: number;
  /** Rewrites the table and its indexes under an exclusive lock; a plain VACUUM only gives the space free for new rows. */
  readonly sql: string;
  /** Values in the planner's statistics that ANALYZE did not replace; not counted where `when` leaves rows in the clear. */
  readonly inStatistics: number | undefined;
}

/** What stands in the statistics of a column, those of all partitions included. */
async function readStatistics(
  db: TransactionalClient,
  { schema, name }: RelationName,
  column: string,
): Promise<(string | null)[]> {
  const { rows } = await db.query(
    `SELECT value FROM pg_catalog.pg_stats AS s
     CROSS JOIN LATERAL unnest(s.most_common_vals::text::text[] || s.histogram_bounds::text::text[]) AS value
     WHERE s.attname = $3 AND (s.schemaname, s.tablename) IN (
       SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS r
       JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
       CROSS JOIN LATERAL (SELECT r.oid AS relid UNION SELECT relid FROM pg_catalog.pg_partition_tree(r.oid)) AS tree
       JOIN pg_catalog.pg_class AS c ON c.oid = tree.relid
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       WHERE rn.nspname = $1 AND r.relname = $2)`,
    [schema, name, column],
  );
  return (rows as { value: string | null }[]).map(({ value }) => value);
}

/**
 * The planner's statistics of a column hold its most common values and a histogram: a copy of the plaintext.
 * Has them made anew if they hold values that are plaintext, and gives how many still stand there:
 * PostgreSQL only warns when a role may not ANALYZE a table.
 */
export async function clearStatistics(
  db: TransactionalClient,
  relation: RelationName,
  column: string,
  isPlaintext: (value: string | null) => boolean,
  lockBudgetMs: number | undefined,
): Promise<number> {
  const count = async () => (await readStatistics(db, relation, column)).filter(isPlaintext).length;
  if ((await count()) === 0) return 0;
  await givingWay(() => db.query(`ANALYZE ${qualifiedName(relation)}`), lockBudgetMs);
  return count();
}

/** Bytes of a table with its indexes, those of all partitions included. */
export async function tableBytes(
  db: TransactionalClient,
  { schema, name }: RelationName,
): Promise<number> {
  const { rows } = await db.query(
    `SELECT sum(pg_catalog.pg_total_relation_size(tree.relid))::text AS bytes
     FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (SELECT c.oid AS relid UNION SELECT relid FROM pg_catalog.pg_partition_tree(c.oid)) AS tree
     WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  return Number(rows[0]?.bytes ?? 0);
}
