import type { Queryable } from '@tothub/db-catalog';
import type { BatchSize } from './batch-size.ts';
import { type AuditProblem, count, LISTED_IDS } from './problem.ts';

/** Counting an id costs about a quarter of hashing its entry. */
const IDS_PER_ENTRY = 4;

/** Counts the entries whose id is above one and at most another, in pages; quick where the index on ids is. */
export async function countIds(
  db: Queryable,
  s: string,
  { above, upTo }: { readonly above: string; readonly upTo: string },
  batches: BatchSize,
): Promise<number> {
  let total = 0;
  for (let after = above; ; ) {
    const { found, last, isFull } = await batches.run(async (size) => {
      const limit = size * IDS_PER_ENTRY;
      const { rows } = await db.query(
        `SELECT count(*)::int AS found, max(e.id)::text AS last FROM (
           SELECT l.id FROM ${s}.log AS l WHERE l.id > $1::bigint AND l.id <= $2::bigint ORDER BY l.id LIMIT $3::bigint
         ) AS e`,
        [after, upTo, limit],
      );
      const page = rows[0] as { found: number; last: string | null };
      return { ...page, isFull: page.found === limit };
    });
    total += found;
    if (last === null || !isFull) return total;
    after = last;
  }
}

/** Entries at or below the low-water mark that no seal of their month covers, as one snapshot shows them. */
export async function findAdded(
  db: Queryable,
  s: string,
  lowId: string,
): Promise<AuditProblem | undefined> {
  const { rows } = await db.query(
    `WITH marks AS (
       SELECT lower(r) AS id, upper(r) AS reach, a.month, NULL::bigint AS entry
       FROM ONLY ${s}.seal AS a CROSS JOIN LATERAL unnest(a.ids) AS r
       UNION ALL
       SELECT l.id, NULL, CASE WHEN isfinite(l.at) THEN date_trunc('month', l.at AT TIME ZONE 'UTC')::date END, l.id
       FROM ${s}.log AS l WHERE l.id <= $1::bigint
     ), reached AS (
       SELECT m.entry, max(m.reach) OVER (PARTITION BY m.month ORDER BY m.id, m.entry NULLS FIRST) AS reach FROM marks AS m
     ), added AS (
       SELECT r.entry FROM reached AS r WHERE r.entry IS NOT NULL AND r.entry < r.reach IS NOT TRUE
     )
     SELECT (SELECT count(*) FROM added)::float8 AS count,
       ARRAY(SELECT a.entry::text FROM added AS a ORDER BY a.entry LIMIT ${LISTED_IDS}) AS ids`,
    [lowId],
  );
  const { count: found, ids } = rows[0] as { count: number; ids: string[] };
  if (found === 0) return undefined;
  return {
    kind: 'entries-added',
    ids,
    message:
      `The log holds ${count(found, 'entry', 'entries')} that no seal covers, under ids that were over when they appeared. ` +
      'No trigger wrote them: do not rely on them, and find out who did.',
  };
}
