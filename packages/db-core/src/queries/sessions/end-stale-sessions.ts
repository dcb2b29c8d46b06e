import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';

/**
 * Closes the logins that gave no sign of life for this long and have no cookie that is still good, in one statement,
 * and tells how many. They end when they last lived, with the reason `expired`.
 *
 * @example
 * await endStaleSessions(db, { olderThanHours: 24 });
 * // SELECT public.close_stale_sessions(make_interval(hours => $1)) AS ended
 */
export const endStaleSessions = defineQuery({
  name: 'endStaleSessions',
  access: 'write',
  input: z.strictObject({ olderThanHours: z.int().min(1).max(87_600) }),
  row: z.object({ ended: pgType.int4 }),
  rows: 'one',
  sql: ({ olderThanHours }) => sql`
    SELECT public.close_stale_sessions(make_interval(hours => ${olderThanHours})) AS ended`,
  samples: [{ olderThanHours: 24 }],
});
