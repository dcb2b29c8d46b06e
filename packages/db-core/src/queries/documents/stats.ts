import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { day } from '../../query/input.ts';
import { pgType } from '../../query/pg-type.ts';
import { sql } from '../../query/sql.ts';
import { today } from './documents.ts';

/**
 * Counts the documents in use: all, those that have expired, those that expire within the days of notice of their
 * kind, those in each state that needs somebody, and the reminders that are due and not sent.
 */
export const documentStats = defineQuery({
  name: 'documentStats',
  access: 'read',
  input: z.strictObject({ on: day.optional() }),
  row: z.object({
    total: pgType.int4,
    expired: pgType.int4,
    expiringSoon: pgType.int4,
    pendingRenewal: pgType.int4,
    suspended: pgType.int4,
    unsentReminders: pgType.int4,
  }),
  rows: 'one',
  sql: ({ on }) => sql`
    SELECT count(*)::int4 AS total,
      (count(*) FILTER (WHERE document.expiration_date < today.day))::int4 AS expired,
      (count(*) FILTER (WHERE document.expiration_date >= today.day
        AND document.expiration_date < today.day + kind.alert_days_before))::int4 AS "expiringSoon",
      (count(*) FILTER (WHERE document.status = 'pending_renewal'))::int4 AS "pendingRenewal",
      (count(*) FILTER (WHERE document.status = 'suspended'))::int4 AS suspended,
      (
        SELECT count(*)::int4 FROM public.document_reminders AS reminder
        WHERE reminder.sent_at IS NULL AND reminder.is_active
          AND reminder.reminder_date < ${today(on)} + 1
      ) AS "unsentReminders"
    FROM public.documents AS document
    JOIN public.document_types AS kind ON kind.id = document.document_type_id
    CROSS JOIN (SELECT ${today(on)} AS day) AS today
    WHERE document.is_active`,
  samples: [{}],
});
