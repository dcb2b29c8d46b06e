/** Alerts that rules raise for the staff, such as a ratio that is not met. */
import { z } from 'zod';
import { defineKeysetQuery } from '../pagination/define-keyset-query.ts';
import { defineQuery } from '../query/define-query.ts';
import { filledText, id, limit } from '../query/input.ts';
import { sql } from '../query/sql.ts';
import { utcNow } from '../query/utc-now.ts';
import { alertsRow, alertsSeverity } from '../rows/index.ts';

const alertColumns = sql`
  alert.id, alert.type, alert.message, alert.room, alert.severity, alert.is_read AS "isRead",
  alert.created_at AS "createdAt"`;

/** Raises an alert. */
export const createAlert = defineQuery({
  name: 'createAlert',
  access: 'write',
  input: z.strictObject({
    type: filledText(100),
    message: filledText(2_000),
    room: filledText(255).nullish(),
    severity: alertsSeverity.exclude(['HIGH']),
  }),
  row: alertsRow,
  rows: 'one',
  sql: ({ type, message, room = null, severity }) => sql`
    INSERT INTO public.alerts AS alert (type, message, room, severity, is_read, created_at)
    VALUES (${type}, ${message}, ${room}, ${severity}, false, ${utcNow})
    RETURNING ${alertColumns}`,
  samples: [{ type: 'ratio_violation', message: 'One more needed', severity: 'high' }],
});

/**
 * Lists the newest alerts that nobody has read.
 *
 * @example
 * await listUnreadAlerts(db, { limit: 20 });
 * // SELECT … FROM public.alerts AS alert WHERE NOT alert.is_read ORDER BY alert.created_at DESC, alert.id DESC LIMIT $1
 */
export const listUnreadAlerts = defineQuery({
  name: 'listUnreadAlerts',
  access: 'read',
  input: z.strictObject({ limit: limit() }),
  row: alertsRow,
  rows: 'many',
  sql: ({ limit }) => sql`
    SELECT ${alertColumns} FROM public.alerts AS alert WHERE NOT alert.is_read
    ORDER BY alert.created_at DESC, alert.id DESC LIMIT ${limit}`,
  samples: [{}],
});

/** Lists all alerts, newest first, page by page. */
export const listAlerts = defineKeysetQuery({
  name: 'listAlerts',
  input: z.strictObject({}),
  row: alertsRow,
  order: [
    { sql: sql`alert.created_at`, type: 'timestamp', direction: 'desc', nullable: true },
    { sql: sql`alert.id`, type: 'text', direction: 'desc' },
  ],
  sql: (_input, page) => sql`
    SELECT ${alertColumns}, ${page.cursor} FROM public.alerts AS alert WHERE ${page.after} ${page.orderByLimit}`,
  samples: [{}],
});

/** Marks an alert as read; once more changes nothing. */
export const markAlertRead = defineQuery({
  name: 'markAlertRead',
  access: 'write',
  input: z.strictObject({ id }),
  row: alertsRow,
  rows: 'one',
  sql: ({ id }) => sql`
    UPDATE public.alerts AS alert SET is_read = true WHERE alert.id = ${id} RETURNING ${alertColumns}`,
  samples: [{ id: 'a1' }],
});

/** Deletes an alert; gives 0 when it is not there (any more). */
export const deleteAlert = defineQuery({
  name: 'deleteAlert',
  access: 'write',
  input: z.strictObject({ id }),
  row: null,
  rows: 'none',
  sql: ({ id }) => sql`DELETE FROM public.alerts WHERE id = ${id}`,
  samples: [{ id: 'a1' }],
});
