/** Tables of links: an owner has exactly these members, and no others. */

import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';
import { type SqlFragment, sql } from '../query/sql.ts';

/** A table of links and its two columns. */
export interface LinkTable {
  readonly table: SqlFragment;
  readonly owner: SqlFragment;
  readonly member: SqlFragment;
}

/** What `replaceLinks` answers: how many links came or went. */
export const changedLinks = z.object({ changed: pgType.int4 });

/**
 * Removes the links of an owner to others and adds the missing ones. Two at once would leave links of both, so the
 * caller locks the row of the owner in a statement before this one.
 *
 * @example
 * replaceLinks({ table: sql`public.zone_device`, owner: sql`zone_id`, member: sql`device_id` }, 'z1', ['d1'])
 * // WITH gone AS (DELETE FROM public.zone_device …), come AS (INSERT INTO public.zone_device …) SELECT … AS changed
 */
export function replaceLinks(
  { table, owner, member }: LinkTable,
  ownerId: string,
  memberIds: readonly string[],
): SqlFragment {
  const ids = sql.array(memberIds, 'text');
  return sql`
    WITH gone AS (
      DELETE FROM ${table} WHERE ${owner} = ${ownerId} AND ${member} <> ALL (${ids}) RETURNING ${member}
    ), come AS (
      INSERT INTO ${table} (${owner}, ${member})
      SELECT ${ownerId}, listed.id FROM (SELECT DISTINCT unnest(${ids})) AS listed (id) ORDER BY listed.id
      ON CONFLICT DO NOTHING RETURNING ${member}
    )
    SELECT ((SELECT count(*) FROM gone) + (SELECT count(*) FROM come))::int4 AS changed`;
}
