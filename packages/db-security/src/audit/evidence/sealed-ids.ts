/** Which entries of a seal are at fault, once it is known that one is. */
import type { Queryable } from '@tothub/db-catalog';
import { entryHash, MARK_BYTES } from './entry-hash.ts';
import { LISTED_IDS } from './problem.ts';

/** A seal that was changed by hand may claim any range of ids; nobody waits for all of one. */
const LONGEST_RANGE = 1_000_000;

/** What stands in the log under the ids of a seal, with `columns` of the entry `l`. */
function foundUnder(s: string, columns: string): string {
  return `sealed AS (
    SELECT a.month::timestamp AT TIME ZONE 'UTC' AS starts, (a.month::timestamp + interval '1 month') AT TIME ZONE 'UTC' AS ends,
      lower(r) AS first_id, upper(r) AS end_id
    FROM ONLY ${s}.seal AS a CROSS JOIN LATERAL unnest(a.ids) AS r WHERE a.number = $1::bigint
  ), found AS (
    SELECT e.* FROM sealed AS r CROSS JOIN LATERAL (
      SELECT ${columns} FROM ${s}.log AS l
      WHERE l.id >= r.first_id AND l.id < r.end_id AND l.at >= r.starts AND l.at < r.ends OFFSET 0
    ) AS e
  )`;
}

/** Ids that the seal covers and the log lacks. */
export async function missingIds(db: Queryable, s: string, seal: number): Promise<string[]> {
  return await idsOf(
    db,
    `WITH ${foundUnder(s, 'l.id')}
     SELECT i::text AS id FROM sealed AS r, generate_series(r.first_id, least(r.end_id, r.first_id + ${LONGEST_RANGE}) - 1) AS i
     WHERE NOT EXISTS (SELECT FROM found AS f WHERE f.id = i) ORDER BY i LIMIT ${LISTED_IDS}`,
    seal,
  );
}

/** Ids of the seal that stand in the log more than once. */
export async function doubledIds(db: Queryable, s: string, seal: number): Promise<string[]> {
  return await idsOf(
    db,
    `WITH ${foundUnder(s, 'l.id')}
     SELECT f.id::text AS id FROM found AS f GROUP BY f.id HAVING count(*) > 1 ORDER BY f.id LIMIT ${LISTED_IDS}`,
    seal,
  );
}

/** Ids of the seal whose entries are not those that were sealed, as far as its marks tell; they are no evidence. */
export async function changedIds(db: Queryable, s: string, seal: number): Promise<string[]> {
  const table = await db.query(
    `SELECT CASE WHEN to_regclass($1::text) IS NULL THEN false ELSE has_table_privilege(to_regclass($1::text), 'SELECT') END AS "isOpen"`,
    [`${s}.seal_mark`],
  );
  if ((table.rows[0] as { isOpen: boolean }).isOpen !== true) return [];
  return await idsOf(
    db,
    `WITH ${foundUnder(s, `l.id, l.at, substring(${entryHash('l')} FOR ${MARK_BYTES}) AS mark`)},
     placed AS (SELECT f.id, f.mark, row_number() OVER (ORDER BY f.id, f.at)::integer AS place FROM found AS f)
     SELECT p.id::text AS id FROM placed AS p JOIN ONLY ${s}.seal_mark AS m ON m.seal = $1::bigint
     WHERE substring(m.marks FROM ${MARK_BYTES} * (p.place - 1) + 1 FOR ${MARK_BYTES}) <> p.mark ORDER BY p.id LIMIT ${LISTED_IDS}`,
    seal,
  );
}

async function idsOf(db: Queryable, sql: string, seal: number): Promise<string[]> {
  const { rows } = await db.query(sql, [seal]);
  return (rows as { id: string }[]).map(({ id }) => id);
}
