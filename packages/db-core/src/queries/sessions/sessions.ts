/** The registry of logins. Cookies are the business of the session store, requests of session-activity. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText, id } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { utcNow } from '../../query/utc-now.ts';
import { sessionsEndReason, sessionsRole, sessionsRow } from '../../rows/index.ts';

/** The columns of a login as `sessionsRow` has them; the table is called `login`. */
export const sessionColumns = sql`
  login.id, login.user_id AS "userId", login.username, login.role, login.login_time AS "loginTime",
  login.last_activity AS "lastActivity", login.end_time AS "endTime", login.ip_address AS "ipAddress",
  login.user_agent AS "userAgent", login.is_active AS "isActive", login.end_reason AS "endReason"`;

/** Registers a login under the id that its cookie carries. */
export const createSession = defineQuery({
  name: 'createSession',
  access: 'write',
  input: z.strictObject({
    id,
    userId: id,
    username: filledText(255),
    role: sessionsRole,
    ipAddress: filledText(100).nullish(),
    userAgent: filledText(1_000).nullish(),
  }),
  row: sessionsRow,
  rows: 'one',
  sql: ({ id, userId, username, role, ipAddress = null, userAgent = null }) => sql`
    INSERT INTO public.sessions AS login
      (id, user_id, username, role, ip_address, user_agent, login_time, last_activity)
    VALUES (${id}, ${userId}, ${username}, ${role}, ${ipAddress}, ${userAgent}, ${utcNow}, ${utcNow})
    RETURNING ${sessionColumns}`,
  samples: [{ id: 'l1', userId: '1', username: 'director', role: 'director' }],
});

/** Finds a login that has not ended. */
export const getActiveSession = defineQuery({
  name: 'getActiveSession',
  access: 'read',
  input: z.strictObject({ id }),
  row: sessionsRow,
  rows: 'maybeOne',
  sql: ({ id }) => sql`
    SELECT ${sessionColumns} FROM public.sessions AS login WHERE login.id = ${id} AND login.is_active`,
  samples: [{ id: 'l1' }],
});

/** Notes a sign of life. Gives 1, or 0 when the login has ended: then nobody is logged in any more. */
export const touchSession = defineQuery({
  name: 'touchSession',
  access: 'write',
  input: z.strictObject({ id }),
  row: null,
  rows: 'none',
  sql: ({ id }) => sql`
    UPDATE public.sessions SET last_activity = ${utcNow} WHERE id = ${id} AND is_active`,
  samples: [{ id: 'l1' }],
});

/** Ends a login. Whoever ends it first gives the reason; null when it has ended before or never was. */
export const endSession = defineQuery({
  name: 'endSession',
  access: 'write',
  input: z.strictObject({ id, reason: sessionsEndReason }),
  row: sessionsRow,
  rows: 'maybeOne',
  sql: ({ id, reason }) => sql`
    UPDATE public.sessions AS login SET is_active = false, end_time = ${utcNow}, end_reason = ${reason}
    WHERE login.id = ${id} AND login.is_active
    RETURNING ${sessionColumns}`,
  samples: [{ id: 'l1', reason: 'logout' }],
});
