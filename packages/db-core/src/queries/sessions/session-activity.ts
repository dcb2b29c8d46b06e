/**
 * The log of the requests made in a login. It says which request was made, never what was in it: names of keys are
 * all that is accepted of a body or a query string, and old rows are reduced to that when they are read.
 */
import { z } from 'zod';
import type { WriteDatabase } from '../../database/database.ts';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id, instant } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { sessionActivityRow } from '../../rows/index.ts';

const activityColumns = sql`
  activity.id, activity.session_id AS "sessionId", activity.action, activity.path, activity.timestamp,
  public.reduce_request_details(activity.details) AS details`;

const keyNames = z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,79}$/)).max(100);

/** All that may be said about a request besides its path. */
const safeDetails = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).optional(),
  status: z.int().min(100).max(599).optional(),
  durationMs: z.int().min(0).max(999_999).optional(),
  /** Names of the keys of the body, never a value. */
  bodyKeys: keyNames.optional(),
  /** Names of the keys of the query string, never a value. */
  queryKeys: keyNames.optional(),
});

/**
 * Notes a request. Whatever follows `?` or `#` in the path is cut off. The details are marked as reduced, so that the
 * trigger that keeps request bodies out of the table leaves them as they are.
 *
 * @example
 * await trackActivity(db, { sessionId, action: 'POST', path: '/api/children', details: { bodyKeys: ['firstName'] } });
 * // INSERT INTO public.session_activity AS activity (session_id, action, path, details, timestamp) VALUES …
 */
export const trackActivity = defineQuery({
  name: 'trackActivity',
  access: 'write',
  input: z.strictObject({
    sessionId: id,
    action: filledText(100),
    path: filledText(2_048).nullish(),
    details: safeDetails.optional(),
  }),
  row: sessionActivityRow,
  rows: 'one',
  sql: ({ sessionId, action, path, details }) => sql`
    INSERT INTO public.session_activity AS activity (session_id, action, path, details, timestamp)
    VALUES (${sessionId}, ${action}, ${path?.replace(/[?#].*$/s, '') ?? null},
      ${details === undefined ? null : JSON.stringify({ ...details, reduced: true })}, ${utcNow})
    RETURNING ${activityColumns}`,
  samples: [{ sessionId: 'l1', action: 'GET', path: '/api/children' }],
});

/** Lists the requests of a login, newest first, page by page. */
export const listActivity = defineKeysetQuery({
  name: 'listActivity',
  input: z.strictObject({ sessionId: id }),
  row: sessionActivityRow,
  order: [
    { sql: sql`activity.timestamp`, type: 'timestamp', direction: 'desc' },
    { sql: sql`activity.id`, type: 'text', direction: 'desc' },
  ],
  sql: ({ sessionId }, page) => sql`
    SELECT ${activityColumns}, ${page.cursor} FROM public.session_activity AS activity
    WHERE activity.session_id = ${sessionId} AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{ sessionId: 'l1' }],
});

const purge = z.strictObject({
  /** Requests before this go; the last day is always kept. */
  before: instant,
  /** Rows in one statement. @default 1,000 */
  batchSize: z.int().min(1).max(10_000).default(1_000),
});

/** Deletes one batch of the requests before a point in time; see `purgeActivity`. */
export const purgeActivityBatch = defineQuery({
  name: 'purgeActivityBatch',
  access: 'write',
  input: purge,
  row: z.object({ purged: pgType.int4 }),
  rows: 'one',
  sql: ({ before, batchSize }) => sql`
    SELECT public.purge_session_activity(${utcNow} - ${sql.timestamp(before)}, ${batchSize}) AS purged`,
  samples: [{ before: new Date('2026-01-01') }],
});

/**
 * Deletes the requests before a point in time, batch by batch, so that no lock lasts; tells how many. Two at once
 * share the work.
 *
 * @throws ValueRejectedError when `before` lies within the last day
 */
export async function purgeActivity(
  db: WriteDatabase,
  input: z.input<typeof purge>,
): Promise<number> {
  let total = 0;
  for (;;) {
    const { purged } = await purgeActivityBatch(db, input);
    if (purged === 0) return total;
    total += purged;
  }
}
