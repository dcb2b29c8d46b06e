import { sql } from './sql.ts';

/**
 * The start of the transaction as a `timestamp` in UTC, whatever the time zone of the session: what columns without
 * a time zone hold.
 */
export const utcNow = sql`(now() AT TIME ZONE 'UTC')`;
