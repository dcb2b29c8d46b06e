/** Who logged in when, and who is there. */
import { z } from 'zod';
import { defineKeysetQuery } from '../../pagination/define-keyset-query.ts';
import { defineQuery } from '../../query/define-query.ts';
import { id, limit } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { sessionsRow } from '../../rows/index.ts';
import { sessionColumns } from './sessions.ts';

/** Lists the logins of a user, newest first, page by page. */
export const listSessionsOfUser = defineKeysetQuery({
  name: 'listSessionsOfUser',
  input: z.strictObject({ userId: id }),
  row: sessionsRow,
  order: [
    { sql: sql`login.login_time`, type: 'timestamp', direction: 'desc' },
    { sql: sql`login.id`, type: 'text', direction: 'desc' },
  ],
  sql: ({ userId }, page) => sql`
    SELECT ${sessionColumns}, ${page.cursor} FROM public.sessions AS login
    WHERE login.user_id = ${userId} AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{ userId: '1' }],
});

/** Lists the logins that are open and gave a sign of life within the last minutes, latest first. */
export const listActiveSessions = defineQuery({
  name: 'listActiveSessions',
  access: 'read',
  input: z.strictObject({ sinceMinutes: z.int().min(1).max(525_600), limit: limit(1_000, 100) }),
  row: sessionsRow,
  rows: 'many',
  sql: ({ sinceMinutes, limit }) => sql`
    SELECT ${sessionColumns} FROM public.sessions AS login
    WHERE login.is_active AND login.last_activity >= ${utcNow} - make_interval(mins => ${sinceMinutes})
    ORDER BY login.last_activity DESC, login.id DESC LIMIT ${limit}`,
  samples: [{ sinceMinutes: 30 }],
});
