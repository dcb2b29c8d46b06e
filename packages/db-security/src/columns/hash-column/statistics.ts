/** The planner's statistics of a column hold its most common values and a histogram: a copy of the plaintext. */
import { qualifiedName, type RelationName } from '@tothub/db-catalog';
import { givingWay } from '../../giving-way.ts';
import type { TransactionalClient } from '../../session.ts';

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
 * Has the statistics made anew if they hold values that are plaintext, and gives how many still stand there:
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
